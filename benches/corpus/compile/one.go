//go:build !two

package main

import "go/ast"

func visit(names map[string]int, node ast.Node) bool {
	if name, is := node.(*ast.Ident); is {
		names[name.Name]++
	}
	return true
}
