package httprule

import (
	"slices"
	"strings"
)

// Readings returns what else servers may take a path for that is sent as it is: with dot segments removed, slashes merged,
// escapes decoded, backslashes taken for slashes, parameters after ";" left out, in every combination. It is nil for a path
// that has one reading, which is most of them. The query, which servers do not change, follows each as it is.
//
// A request passes only if each reading of its path is allowed, whatever the server does and whether or not the proxy
// normalises paths.
func Readings(target string) []string {
	path, query := target, ""
	if i := strings.IndexByte(target, '?'); i >= 0 {
		path, query = target[:i], target[i:]
	}
	if !ambiguous(path) {
		return nil
	}
	readings := []string{path}
	for _, change := range []func(string) string{decoded, slashed, withoutParameters, merged, withoutDots, beforeNUL} {
		for _, reading := range readings {
			if other := change(reading); !slices.Contains(readings, other) {
				readings = append(readings, other)
			}
		}
	}
	readings = readings[1:]
	for i := range readings {
		readings[i] += query
	}
	return readings
}

// ambiguous reports whether a path may have several readings.
func ambiguous(path string) bool {
	for i := range len(path) {
		switch path[i] {
		case '%', '\\', ';':
			return true
		case '/':
			if i+1 < len(path) && (path[i+1] == '/' || path[i+1] == '.') {
				return true
			}
		}
	}
	return false
}

// decoded decodes escapes of what ASCII can show, and of NUL. Others, such as those of other alphabets, say the same either way.
func decoded(path string) string {
	var b strings.Builder
	for i := 0; i < len(path); i++ {
		if path[i] == '%' && i+2 < len(path) {
			high, low := digit(path[i+1]), digit(path[i+2])
			if c := high<<4 | low; high < 16 && low < 16 && (c >= ' ' && c < 0x7f || c == 0) {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(path[i])
	}
	return b.String()
}

// digit is the value of a hexadecimal digit, or more than 15.
func digit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}

func slashed(path string) string { return strings.ReplaceAll(path, `\`, "/") }

// withoutParameters leaves out what follows a ";" in each segment.
func withoutParameters(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i], _, _ = strings.Cut(segment, ";")
	}
	return strings.Join(segments, "/")
}

func merged(path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path
}

// withoutDots removes the segments "." and "..", and with the latter the segment before it.
func withoutDots(path string) string {
	segments := strings.Split(path, "/")
	kept := segments[:1:1]
	for i, segment := range segments[1:] {
		last := i == len(segments)-2
		switch {
		case segment == "..":
			if len(kept) > 1 {
				kept = kept[:len(kept)-1]
			}
		case segment != ".":
			kept = append(kept, segment)
			continue
		}
		if last {
			kept = append(kept, "")
		}
	}
	return strings.Join(kept, "/")
}

func beforeNUL(path string) string {
	before, _, _ := strings.Cut(path, "\x00")
	return before
}

// SetPath changes the path, for another reading of it.
func (r *Request) SetPath(path string) { r.set(Path, path) }

// SetHost changes the host, for another reading of it.
func (r *Request) SetHost(host string) { r.set(Authority, host) }

func (r *Request) set(name, value string) {
	for i := range r.Headers {
		if r.Headers[i].Name == name {
			r.Headers[i].Value = value
		}
	}
}
