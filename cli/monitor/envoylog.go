package monitor

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"unicode/utf8"
)

// A message of the Wasm plugin's in Envoy's log has one or several entries, each in a line of its own. Before the first one is what
// Envoy writes before each message, and after the last one may be something as well. With --log-format-escaped, and in a log of JSON,
// a message is one line in which quotes and ends of lines are escaped.

// messageStart finds the first entry of a message, whose quotes may be escaped. It is right after the names of plugin and virtual
// machine: what else the plugin says may quote a client.
var messageStart = regexp.MustCompile(`wasm log(?:[^:{"\\]|:[^ {"\\])*: (\{\\?"time\\?":\\?")`)

// inMessage returns the entries in a line of Envoy's log.
func inMessage(line []byte) [][]byte {
	at := messageStart.FindSubmatchIndex(line)
	if at == nil {
		return nil
	}
	if text := line[at[2]:]; text[1] != '\\' {
		return [][]byte{text}
	}
	return bytes.Split(unescaped(line[at[2]:]), []byte("\n"))
}

// unescaped returns a text without escapes as of C or of JSON, up to a quote that is not escaped.
func unescaped(line []byte) (text []byte) {
	for rest := string(line); rest != ""; {
		if len(rest) > 1 && rest[0] == '\\' && bytes.IndexByte([]byte(`"'/`), rest[1]) >= 0 {
			text, rest = append(text, rest[1]), rest[2:]
			continue
		}
		char, multibyte, after, err := strconv.UnquoteChar(rest, '"')
		switch {
		case err != nil:
			return text
		case multibyte:
			text = utf8.AppendRune(text, char)
		default:
			text = append(text, byte(char))
		}
		rest = after
	}
	return text
}

// read reads an entry, after which there may be something else.
func (e *lineOf) read(text []byte) bool {
	return json.Unmarshal(text, e) == nil || bytes.HasPrefix(text, []byte("{")) && json.NewDecoder(bytes.NewReader(text)).Decode(e) == nil
}
