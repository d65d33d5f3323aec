// Compile parses, type-checks, formats and documents packages of Go's library.
package main

import (
	"bytes"
	"go/ast"
	"go/build"
	"go/doc"
	"go/format"
	"go/importer"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"log"
	"path/filepath"
	"sort"

	"corpus/internal/record"
)

var packages = []string{
	"go/types", "net/http", "encoding/json", "text/template", "regexp", "net/url", "fmt",
	"archive/zip", "image/png", "html/template", "math/big", "bufio", "database/sql", "mime",
	"compress/flate", "crypto/x509", "strconv", "encoding/xml", "go/printer", "time", "os",
}

func main() {
	record.Main(func(number int) {
		path := packages[number%len(packages)]
		files, set := parsed(path)
		switch number % 5 {
		case 0, 1, 2:
			check(path, files, set)
		case 3:
			print(files, set)
		default:
			document(path, files, set)
		}
		inspect(files)
	})
}

func parsed(path string) ([]*ast.File, *token.FileSet) {
	found, err := build.Import(path, "", 0)
	if err != nil {
		log.Fatal(err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range found.GoFiles {
		file, err := parser.ParseFile(set, filepath.Join(found.Dir, name), nil, parser.ParseComments)
		if err != nil {
			log.Fatal(err)
		}
		files = append(files, file)
	}
	return files, set
}

// Check type-checks a package and what it imports, from source.
func check(path string, files []*ast.File, set *token.FileSet) {
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{},
		Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	config := types.Config{
		Importer: importer.ForCompiler(set, "source", nil), Error: func(error) {}, FakeImportC: true,
	}
	// Files of other systems are not there: errors are part of the work.
	_, _ = config.Check(path, set, files, info)
}

func print(files []*ast.File, set *token.FileSet) {
	for _, file := range files {
		var text bytes.Buffer
		if err := printer.Fprint(&text, set, file); err != nil {
			log.Fatal(err)
		}
		if _, err := format.Source(text.Bytes()); err != nil {
			log.Fatal(err)
		}
	}
}

func document(path string, files []*ast.File, set *token.FileSet) {
	shown, err := doc.NewFromFiles(set, files, path)
	if err != nil {
		log.Fatal(err)
	}
	for _, kind := range shown.Types {
		shown.HTML(kind.Doc)
		for _, method := range kind.Methods {
			shown.Markdown(method.Doc)
		}
	}
}

func inspect(files []*ast.File) {
	names := map[string]int{}
	for _, file := range files {
		ast.Inspect(file, func(node ast.Node) bool { return visit(names, node) })
	}
	sorted := make([]string, 0, len(names))
	for name := range names {
		sorted = append(sorted, name)
	}
	sort.Slice(sorted, func(i, j int) bool { return names[sorted[i]] > names[sorted[j]] })
}
