// What speedscope's own importer makes of a file, as JSON on standard output:
//
//     node speedscope.js node_modules/speedscope FILE
//
// The package has one script, for a page. It is run up to where it would draw that
// page, and the function that reads a dropped file is taken from it.

"use strict";

const fs = require("fs");
const path = require("path");

const IMPORTER = /async function (\w+)\([\w,]+\)\{return\(await \w+\)\.importProfileGroupFromBase64/;
const LAST_WORDS = "console.log(`speedscope v";

function importer(folder) {
    const release = path.join(folder, "dist", "release");
    const script = fs.readdirSync(release).find(name => /^speedscope-.*\.js$/.test(name));
    const text = fs.readFileSync(path.join(release, script), "utf8");
    const end = text.lastIndexOf(LAST_WORDS);
    if (!IMPORTER.test(text) || end < 0) throw new Error(`${script} is another speedscope`);
    const upToDrawing = `${text.slice(0, end)}})();`;
    // What the script asks of its page before it draws.
    globalThis.window = globalThis;
    globalThis.location = { hash: "", protocol: "file:" };
    globalThis.matchMedia = () => ({ matches: false, addEventListener() {} });
    globalThis.addEventListener = () => {};
    (0, eval)(upToDrawing.replace(IMPORTER, "globalThis.importProfileGroup=$1;$&"));
    return globalThis.importProfileGroup;
}

function figures(profile) {
    const functions = {};
    profile.forEachFrame(frame => {
        functions[frame.name] = [frame.getSelfWeight(), frame.getTotalWeight()];
    });
    return {
        name: profile.getName(),
        unit: profile.getWeightUnit(),
        total: profile.getTotalWeight(),
        functions,
    };
}

async function main([folder, file]) {
    // Its progress is none of ours.
    console.log = () => {};
    const base64 = fs.readFileSync(file).toString("base64");
    const group = await importer(folder)(path.basename(file), base64);
    process.stdout.write(JSON.stringify(group.profiles.map(figures)));
}

main(process.argv.slice(2));
