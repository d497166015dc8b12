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
	// lineValue has a value behind it.
	lineValue
	// lineStream has lines without end behind it.
	lineStream
)

// answer is what a line of a reply says.
type answer struct {
	kind lineKind
	// key is the key of a lineValue of a retrieval, size the number of bytes of the value after it.
	key  []byte
	size int
	// status is that of the reply, with a lineLast.
	status status
}

// answer judges a line, without its line end, of the reply that is owed. crlf tells whether that was CR LF, first
// whether it is the first line. An error may take the place of any line.
func (o *owed) answer(text []byte, crlf, first bool) answer {
	if !crlf {
		// Items of a dump are the only lines that end in LF alone.
		if o.shape == metadump && bytes.HasPrefix(text, []byte("key=")) {
			return answer{kind: lineMore}
		}
		return answer{}
	}
	if isError(text) {
		return answer{kind: lineLast, status: statusError}
	}
	switch o.shape {
	case oneLine:
		return answer{kind: lineLast, status: lineStatus(text)}
	case retrieval:
		return retrievalLine(text)
	case metaAnswer:
		return metaLine(text, commands[o.name].acts)
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
	return answer{}
}

// answersQuietly tells whether a line can be an answer to a quiet request: one that the flag q does not suppress.
func (o *owed) answersQuietly(text []byte) bool {
	code, _ := metaCode(text)
	switch commands[o.name].acts {
	case actMetaGet:
		return code == "HD" || code == "VA" || isError(text)
	case actMetaSet:
		return code == "NS" || code == "EX" || code == "NF" || isError(text)
	case actMetaDelete:
		return code == "NF" || code == "EX" || isError(text)
	}
	return code == "NF" || code == "NS" || code == "EX" || isError(text)
}

// isError tells whether a line says that the request failed.
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

func only(text []byte, want string) answer {
	if string(text) != want {
		return answer{}
	}
	return answer{kind: lineLast, status: statusOK}
}

// retrievalLine: "VALUE key flags bytes [unique]" or "END". END is a miss if no value came before.
func retrievalLine(text []byte) answer {
	if string(text) == "END" {
		return answer{kind: lineLast, status: statusMiss}
	}
	const value = "VALUE "
	if len(text) < len(value) || string(text[:len(value)]) != value {
		return answer{}
	}
	w := words{rest: text[len(value):]}
	key := w.key()
	w.next()
	size := w.number(MaxValue)
	if w.more() {
		w.next()
	}
	if w.end(); w.err != nil {
		return answer{}
	}
	return answer{kind: lineValue, key: key, size: int(size)}
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
func metaLine(text []byte, a acts) answer {
	code, rest := metaCode(text)
	switch code {
	case "":
		return answer{}
	case "VA":
		w := words{rest: rest}
		if size := w.number(MaxValue); w.err == nil {
			return answer{kind: lineValue, size: int(size)}
		}
		return answer{}
	}
	return answer{kind: lineLast, status: metaStatus(a, code)}
}

// metaDebugLine: "ME key name=value..." or EN.
func metaDebugLine(text []byte) answer {
	switch {
	case string(text) == "EN" || bytes.HasPrefix(text, []byte("EN ")):
		return answer{kind: lineLast, status: statusMiss}
	case bytes.HasPrefix(text, []byte("ME ")):
		return answer{kind: lineLast, status: statusHit}
	}
	return answer{}
}

func statisticsLine(text []byte, first bool) answer {
	if string(text) == "END" || first && (string(text) == "RESET" || string(text) == "OK") {
		return answer{kind: lineLast, status: statusOK}
	}
	for _, word := range []string{"STAT ", "ITEM ", "PREFIX "} {
		if bytes.HasPrefix(text, []byte(word)) {
			return answer{kind: lineMore}
		}
	}
	return answer{}
}

// dumpLine: OK may come first; then one line an item until the last line. Anything else as the first line is why there
// is no dump.
func dumpLine(text []byte, first bool, item, last string) answer {
	switch {
	case string(text) == last:
		return answer{kind: lineLast, status: statusOK}
	case bytes.HasPrefix(text, []byte(item)), first && string(text) == "OK":
		return answer{kind: lineMore}
	case first:
		return answer{kind: lineLast, status: statusError}
	}
	return answer{}
}

// streamLine: OK begins the stream; anything else is why there is none.
func streamLine(text []byte) answer {
	if string(text) == "OK" {
		return answer{kind: lineStream}
	}
	return answer{kind: lineLast, status: statusError}
}
