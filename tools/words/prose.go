package main

import (
	"go/scanner"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
)

// prose returns a text in which everything but what is written for readers is blank. Lines stay where they are, and so
// do the columns of all that is left.
func prose(name, text string) string {
	switch filepath.Ext(name) {
	case ".go":
		return ofGo(text)
	case ".md":
		return withoutMarkers(code.ReplaceAllStringFunc(text, blank))
	}
	return withoutMarkers(text)
}

// code is text in a document that is shown as it is elsewhere.
var code = regexp.MustCompile("`[^`\n]+`")

// ofGo keeps comments and strings.
func ofGo(text string) string {
	kept := []byte(blank(text))
	var s scanner.Scanner
	files := token.NewFileSet()
	file := files.AddFile("", files.Base(), len(text))
	s.Init(file, []byte(text), nil, scanner.ScanComments)
	for {
		pos, tok, literal := s.Scan()
		switch tok {
		case token.EOF:
			return string(kept)
		case token.COMMENT:
			copy(kept[file.Offset(pos):], withoutMarkers(literal))
		case token.STRING:
			copy(kept[file.Offset(pos):], unescaped(literal))
		}
	}
}

// blank returns the ends of lines of a text, and a space for each other byte.
func blank(text string) string {
	b := []byte(text)
	for i, c := range b {
		if c != '\n' {
			b[i] = ' '
		}
	}
	return string(b)
}

// marker is what begins a line of a comment.
var marker = regexp.MustCompile(`(?m)^[ \t]*(//+|#+|/\*+|\*+/?|>)`)

// withoutMarkers blanks what begins the lines of comments, so that words at the end of one line and at the beginning of
// the next stand beside each other.
func withoutMarkers(text string) string { return marker.ReplaceAllStringFunc(text, blank) }

// unescaped blanks the escaped characters of a string, such as \n.
func unescaped(literal string) string {
	if strings.HasPrefix(literal, "`") {
		return literal
	}
	return escape.ReplaceAllStringFunc(literal, blank)
}

var escape = regexp.MustCompile(`\\.`)
