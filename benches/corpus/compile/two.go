//go:build two

package main

import (
	"go/ast"
	"go/constant"
	"go/token"
	"strings"
)

// Version 2 folds constants and counts words of comments, too.
func visit(names map[string]int, node ast.Node) bool {
	switch node := node.(type) {
	case *ast.Ident:
		names[node.Name]++
	case *ast.BasicLit:
		names[folded(constant.MakeFromLiteral(node.Value, node.Kind, 0))]++
	case *ast.CommentGroup:
		for _, word := range strings.FieldsFunc(node.Text(), func(c rune) bool { return c < 'A' }) {
			names[strings.ToLower(word)]++
		}
	}
	return true
}

func folded(value constant.Value) string {
	if value.Kind() == constant.Int {
		square := constant.BinaryOp(value, token.MUL, value)
		return constant.BinaryOp(square, token.ADD, value).ExactString()
	}
	return value.String()
}
