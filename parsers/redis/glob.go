package redis

import "errors"

var (
	errGlobEnd = errors.New(`ends in a backslash, write \\ for a backslash`)
	errGlobSet = errors.New(`has a [ without a ], write \[ for the character`)
)

// globPart is what one byte of a text is compared with.
type globPart struct {
	// any: there may be any number of any bytes in the place of the part.
	any bool
	// set are the bytes that fit.
	set *[256]bool
	// literal is the byte that fits if there is no set.
	literal byte
}

func (p *globPart) fits(c byte) bool {
	if p.set != nil {
		return p.set[c]
	}
	return p.literal == c
}

// compileGlob compiles a pattern as the server knows them: * stands for any bytes, ? for any byte, [abc], [a-z] and [^a]
// for one of a set, and a backslash takes the next byte as it is. Servers take a pattern that ends too early in ways of
// their own; it is refused here.
func compileGlob(pattern string) (func([]byte) bool, error) {
	var parts []globPart
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; c {
		case '*':
			if len(parts) == 0 || !parts[len(parts)-1].any {
				parts = append(parts, globPart{any: true})
			}
		case '?':
			parts = append(parts, globPart{set: anyByte})
		case '\\':
			if i++; i == len(pattern) {
				return nil, errGlobEnd
			}
			parts = append(parts, globPart{literal: pattern[i]})
		case '[':
			set, n, err := globSet(pattern[i+1:])
			if err != nil {
				return nil, err
			}
			parts = append(parts, globPart{set: set})
			i += n
		default:
			parts = append(parts, globPart{literal: c})
		}
	}
	return func(text []byte) bool { return globMatches(parts, text) }, nil
}

var anyByte = func() *[256]bool {
	var set [256]bool
	for i := range set {
		set[i] = true
	}
	return &set
}()

// globSet reads a set after its bracket, and returns how many bytes it has, the closing bracket included.
func globSet(pattern string) (set *[256]bool, n int, err error) {
	set = new([256]bool)
	i := 0
	negated := i < len(pattern) && pattern[i] == '^'
	if negated {
		i++
	}
	for {
		switch {
		case i >= len(pattern):
			return nil, 0, errGlobSet
		case pattern[i] == ']':
			if negated {
				for c := range set {
					set[c] = !set[c]
				}
			}
			return set, i + 1, nil
		case pattern[i] == '\\' && i+1 < len(pattern):
			set[pattern[i+1]] = true
			i += 2
		case i+2 < len(pattern) && pattern[i+1] == '-':
			from, to := min(pattern[i], pattern[i+2]), max(pattern[i], pattern[i+2])
			for c := int(from); c <= int(to); c++ {
				set[c] = true
			}
			i += 3
		default:
			set[pattern[i]] = true
			i++
		}
	}
}

// globMatches reports whether parts fit all of a text. Where they do not, it goes back to the last part that fits any
// number of bytes, and never further.
func globMatches(parts []globPart, text []byte) bool {
	part, star, from := 0, -1, 0
	for at := 0; at < len(text); {
		switch {
		case part < len(parts) && parts[part].any:
			star, from = part, at
			part++
		case part < len(parts) && parts[part].fits(text[at]):
			part++
			at++
		case star >= 0:
			from++
			part, at = star+1, from
		default:
			return false
		}
	}
	for part < len(parts) && parts[part].any {
		part++
	}
	return part == len(parts)
}
