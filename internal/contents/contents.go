package contents

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"strings"
)

// embedded is what the linker has put into this program; empty in most. It is the names of the parsers and the description,
// in the form of [encode].
var embedded string

// variable is the name of embedded for the linker.
const variable = "github.com/proxylib/proxylib/internal/contents.embedded"

// The form is mark, names with commas between them, separator, base64 of the compressed description, end. Names of parsers
// have none of these bytes, or there is no description of the library.
const (
	mark           = "proxylib" + "-contents:"
	separator, end = ":", ";"
)

// maxDescription is the size, in bytes, of the largest description that is read.
const maxDescription = 16 << 20

// Names returns the names of the parsers that the description in this program knows; nil if there is none.
func Names() []string {
	parts := strings.Split(embedded, separator)
	if len(parts) != 3 {
		return nil
	}
	return strings.Split(parts[1], ",")
}

// LinkerFlag returns the flag of the linker, for -ldflags of go build, that puts a description into a program.
func LinkerFlag(names []string, description []byte) (string, error) {
	value, err := encode(names, description)
	return "-X " + variable + "=" + value, err
}

func encode(names []string, description []byte) (string, error) {
	list := strings.Join(names, ",")
	if strings.ContainsAny(list, separator+end+" '\"\\\n") {
		return "", errors.New("a name of a parser has a character that the linker does not take")
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	_, err = w.Write(description)
	if err = errors.Join(err, w.Close()); err != nil {
		return "", err
	}
	return mark + list + separator + base64.StdEncoding.EncodeToString(packed.Bytes()) + end, nil
}

// Find returns the description inside a program or library; nil if there is none. It runs nothing of the file.
func Find(file []byte) []byte {
	for {
		_, rest, found := bytes.Cut(file, []byte(mark))
		if !found {
			return nil
		}
		if description := decode(rest); description != nil {
			return description
		}
		file = rest
	}
}

// decode decodes what comes after a mark; nil if that is something else.
func decode(text []byte) []byte {
	value, _, ended := bytes.Cut(text, []byte(end))
	_, packed, parted := bytes.Cut(value, []byte(separator))
	if !ended || !parted {
		return nil
	}
	raw, err := base64.StdEncoding.AppendDecode(nil, packed)
	if err != nil {
		return nil
	}
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil
	}
	description, err := io.ReadAll(io.LimitReader(r, maxDescription))
	if err != nil {
		return nil
	}
	return description
}
