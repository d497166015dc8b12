package memcache

import (
	"bytes"
	"strings"
)

// lineKind is what a line is to the reply that it belongs to.
type lineKind uint8

const (
	lineUnfit lineKind = iota
	// lineLast ends the reply, lineMore does not.
	lineLast
	lineMore
	// lineValue: a value follows it.
	lineValue
	// lineStream: lines without end follow it.
	lineStream
)

// replyLine is what a line of a reply says.
type replyLine struct {
	kind lineKind
	// key is the key of a lineValue of a retrieval, size the number of bytes of the value after it.
	key  []byte
	size int
	// status is that of the reply, with a lineLast.
	status status
}

// readLine reads a line, without its line end, of the reply that is owed. crlf says whether that was CR LF, first
// whether it is the first line. An error may take the place of any line.
func (o *owed) readLine(text []byte, crlf, first bool) replyLine {
	if !crlf {
		// Items of a dump are the only lines that end in LF alone.
		if o.shape == metadump && bytes.HasPrefix(text, []byte("key=")) {
			return replyLine{kind: lineMore}
		}
		return replyLine{}
	}
	if isError(text) {
		return replyLine{kind: lineLast, status: statusError}
	}
	switch o.shape {
	case oneLine:
		return replyLine{kind: lineLast, status: lineStatus(text)}
	case metaReply:
		return metaLine(text, commands[o.name].operations)
	case retrieval:
		if len(text) > len(valuePrefix) && string(text[:len(valuePrefix)]) == valuePrefix {
			return valueLine(text[len(valuePrefix):])
		}
	}
	for i := range replyLines[o.shape] {
		if p := &replyLines[o.shape][i]; p.matches(text, first) {
			return replyLine{kind: p.kind, status: p.status}
		}
	}
	return replyLine{}
}

// How a line begins that a value follows.
const valuePrefix = "VALUE "

// pattern is a line of a reply.
type pattern struct {
	// text is all of the line, or, with open, how it begins.
	text string
	open bool
	// first: it can be the first line alone.
	first  bool
	kind   lineKind
	status status
}

func (p *pattern) matches(text []byte, first bool) bool {
	if p.first && !first {
		return false
	}
	return string(text) == p.text || p.open && len(text) > len(p.text) && string(text[:len(p.text)]) == p.text
}

// replyLines are the lines that replies of a shape consist of, but for values and errors. The END of a retrieval is a miss if
// no value came before. Where anything may be the first line, it is why there is no dump or stream.
var replyLines = [...][]pattern{
	retrieval: {{text: "END", kind: lineLast, status: statusMiss}},
	metaDebug: {
		{text: "ME ", open: true, kind: lineLast, status: statusHit},
		{text: "EN", kind: lineLast, status: statusMiss},
		{text: "EN ", open: true, kind: lineLast, status: statusMiss},
	},
	metaNoop: {{text: "MN", kind: lineLast, status: statusOK}},
	statistics: {
		{text: "STAT ", open: true, kind: lineMore},
		{text: "ITEM ", open: true, kind: lineMore},
		{text: "PREFIX ", open: true, kind: lineMore},
		{text: "END", kind: lineLast, status: statusOK},
		{text: "RESET", first: true, kind: lineLast, status: statusOK},
		{text: "OK", first: true, kind: lineLast, status: statusOK},
	},
	metadump: {
		{text: "key=", open: true, kind: lineMore},
		{text: "END", kind: lineLast, status: statusOK},
		{text: "OK", first: true, kind: lineMore},
		{open: true, first: true, kind: lineLast, status: statusError},
	},
	mgdump: {
		{text: "mg ", open: true, kind: lineMore},
		{text: "EN", kind: lineLast, status: statusOK},
		{text: "OK", first: true, kind: lineMore},
		{open: true, first: true, kind: lineLast, status: statusError},
	},
	stream: {
		{text: "OK", kind: lineStream},
		{open: true, kind: lineLast, status: statusError},
	},
}

// mayAnswerQuiet reports whether a line can be an answer to a quiet request: one that the flag q does not suppress.
func (o *owed) mayAnswerQuiet(text []byte) bool {
	code, _ := metaCode(text)
	return isError(text) || code != "" && strings.Contains(metaCommands[commands[o.name].operations].spoken, code)
}

// isError reports whether a line says that the request failed.
func isError(text []byte) bool {
	if len(text) == 0 || text[0] != 'E' && text[0] != 'C' && text[0] != 'S' {
		return false
	}
	for _, word := range []string{"ERROR", "CLIENT_ERROR", "SERVER_ERROR"} {
		rest, ok := bytes.CutPrefix(text, []byte(word))
		if ok && (len(rest) == 0 || rest[0] == ' ' || rest[0] == ':') {
			return true
		}
	}
	return false
}

// valueLine reads "key flags bytes [unique]".
func valueLine(text []byte) replyLine {
	w := words{rest: text}
	key := w.key()
	w.next()
	size := w.number(MaxValue)
	w.next()
	if w.end(); w.err != nil {
		return replyLine{}
	}
	return replyLine{kind: lineValue, key: key, size: int(size)}
}

// metaCodes are those that a meta command may be answered with, a value not considered.
const metaCodes = "HD EN NS EX NF"

// metaCode returns the code that a line begins with, and what follows it; the code is empty if it is none.
func metaCode(text []byte) (code string, rest []byte) {
	if len(text) < 2 || len(text) > 2 && text[2] != ' ' {
		return "", nil
	}
	if string(text[:2]) == "VA" {
		return "VA", text[2:]
	}
	if i := strings.Index(metaCodes, string(text[:2])); i >= 0 && i%3 == 0 {
		return metaCodes[i : i+2], text[2:]
	}
	return "", nil
}

// metaLine: "VA bytes flag..." before a value, or another code and flags.
func metaLine(text []byte, a operations) replyLine {
	code, rest := metaCode(text)
	switch code {
	case "":
		return replyLine{}
	case "VA":
		w := words{rest: rest}
		if size := w.number(MaxValue); w.err == nil {
			return replyLine{kind: lineValue, size: int(size)}
		}
		return replyLine{}
	}
	return replyLine{kind: lineLast, status: metaStatus(a, code)}
}
