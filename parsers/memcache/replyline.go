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
	case retrieval:
		return retrievalLine(text)
	case metaReply:
		return metaLine(text, commands[o.name].operations)
	case metaDebug:
		return metaDebugLine(text)
	case metaNoop:
		return only(text, "MN")
	case statistics:
		return statisticsLine(text, first)
	case metadump:
		return dumpLine(text, first, "key=", "END")
	case mgdump:
		return dumpLine(text, first, "mg ", "EN")
	case stream:
		return streamLine(text)
	}
	return replyLine{}
}

// mayAnswerQuiet reports whether a line can be an answer to a quiet request: one that the flag q does not suppress.
func (o *owed) mayAnswerQuiet(text []byte) bool {
	code, _ := metaCode(text)
	switch commands[o.name].operations {
	case opMetaGet:
		return code == "HD" || code == "VA" || isError(text)
	case opMetaSet:
		return code == "NS" || code == "EX" || code == "NF" || isError(text)
	case opMetaDelete:
		return code == "NF" || code == "EX" || isError(text)
	}
	return code == "NF" || code == "NS" || code == "EX" || isError(text)
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

func only(text []byte, want string) replyLine {
	if string(text) != want {
		return replyLine{}
	}
	return replyLine{kind: lineLast, status: statusOK}
}

// retrievalLine: "VALUE key flags bytes [unique]" or "END". END is a miss if no value came before.
func retrievalLine(text []byte) replyLine {
	if string(text) == "END" {
		return replyLine{kind: lineLast, status: statusMiss}
	}
	const value = "VALUE "
	if len(text) < len(value) || string(text[:len(value)]) != value {
		return replyLine{}
	}
	w := words{rest: text[len(value):]}
	key := w.key()
	w.next()
	size := w.number(MaxValue)
	if w.more() {
		w.next()
	}
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

// metaDebugLine: "ME key name=value..." or EN.
func metaDebugLine(text []byte) replyLine {
	switch {
	case string(text) == "EN" || bytes.HasPrefix(text, []byte("EN ")):
		return replyLine{kind: lineLast, status: statusMiss}
	case bytes.HasPrefix(text, []byte("ME ")):
		return replyLine{kind: lineLast, status: statusHit}
	}
	return replyLine{}
}

func statisticsLine(text []byte, first bool) replyLine {
	if string(text) == "END" || first && (string(text) == "RESET" || string(text) == "OK") {
		return replyLine{kind: lineLast, status: statusOK}
	}
	for _, word := range []string{"STAT ", "ITEM ", "PREFIX "} {
		if bytes.HasPrefix(text, []byte(word)) {
			return replyLine{kind: lineMore}
		}
	}
	return replyLine{}
}

// dumpLine: OK may come first; then one line an item until the last line. Anything else as the first line is why there
// is no dump.
func dumpLine(text []byte, first bool, item, last string) replyLine {
	switch {
	case string(text) == last:
		return replyLine{kind: lineLast, status: statusOK}
	case bytes.HasPrefix(text, []byte(item)), first && string(text) == "OK":
		return replyLine{kind: lineMore}
	case first:
		return replyLine{kind: lineLast, status: statusError}
	}
	return replyLine{}
}

// streamLine: OK begins the stream; anything else is why there is none.
func streamLine(text []byte) replyLine {
	if string(text) == "OK" {
		return replyLine{kind: lineStream}
	}
	return replyLine{kind: lineLast, status: statusError}
}
