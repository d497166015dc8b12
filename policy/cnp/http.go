package cnp

import (
	"errors"
	"regexp"
	"strings"
)

// HTTPRule is what one entry of rules.http allows. Fields that are empty allow anything.
type HTTPRule struct {
	// Path, Method and Host are regular expressions for the path with the query, the method, and the host with its port if the
	// client sends one. They must match the whole.
	Path, Method, Host string
	Headers            []HTTPHeader
	Matches            []HTTPHeaderMatch
}

// HTTPHeader is a header that must be there, with a value unless that is empty.
type HTTPHeader struct{ Name, Value string }

// HTTPHeaderMatch is a header that is expected with a value, that of a secret if there is one.
type HTTPHeaderMatch struct {
	Name, Value string
	// Secret is the name of a secret, with its namespace before it: "ns/name".
	Secret string
	// Mismatch is what happens if the header does not have the value: LOG, ADD, DELETE or REPLACE; empty denies.
	Mismatch string
}

// DecodeHTTPRules decodes a list of rules for HTTP in JSON. A list that is empty is refused.
func DecodeHTTPRules(text []byte) (rules []HTTPRule, err error) {
	root, ok := parseJSON(text)
	if !ok {
		return nil, errors.New("want a list of rules: write [{}] for every request")
	}
	err = value{node: root, found: new(findings)}.filled("write [{}] for every request", func(item value) error {
		rule, err := decodeHTTPRule(item)
		rules = append(rules, rule)
		return err
	})
	return rules, err
}

func decodeHTTPRule(v value) (rule HTTPRule, err error) {
	err = v.object(fields{
		// an expression for the whole of the path with the query
		"path": expression(&rule.Path),
		// an expression for the whole of the method
		"method": expression(&rule.Method),
		// an expression for the whole of the host, with its port if the client sends one
		"host": expression(&rule.Host),
		// headers that must be there: a name, or a name and a value with a space between them
		"headers": func(v value) error {
			return v.filled("leave it out for any headers", func(item value) error {
				line, err := item.text()
				if err != nil {
					return err
				}
				name, text, _ := strings.Cut(line, " ")
				header := HTTPHeader{strings.TrimSuffix(name, ":"), text}
				rule.Headers = append(rule.Headers, header)
				return item.headerName(header.Name)
			})
		},
		// headers that must have a value, and what happens if they do not
		"headerMatches": func(v value) error {
			return v.filled("leave it out for any headers", func(item value) error {
				match, err := decodeHeaderMatch(item)
				rule.Matches = append(rule.Matches, match)
				return err
			})
		},
	})
	return rule, err
}

// expression decodes a regular expression. An empty one would allow anything, and is more likely a mistake.
func expression(target *string) func(value) error {
	return func(v value) error {
		if err := into(target)(v); err != nil {
			return err
		}
		if *target == "" {
			return v.errorf("is empty, leave it out to allow any")
		}
		_, err := regexp.Compile(*target)
		return v.wrap(err)
	}
}

var headerName = regexp.MustCompile("^:?[-a-zA-Z0-9!#$%&'*+.^_`|~]+$")

func (v value) headerName(name string) error {
	if !headerName.MatchString(name) {
		return v.errorf("%.128q is not the name of a header", name)
	}
	return nil
}

func decodeHeaderMatch(v value) (m HTTPHeaderMatch, err error) {
	err = v.object(fields{
		// the name of the header; required
		"name": func(v value) error {
			if err := into(&m.Name)(v); err != nil {
				return err
			}
			return v.headerName(m.Name)
		},
		// the value that the header must have
		"value": into(&m.Value),
		// a secret whose value the header must have, instead of value
		"secret": func(v value) error {
			var namespace, name string
			err := v.object(fields{
				// of a secret: its namespace
				"namespace": into(&namespace),
				// of a secret: its name; required
				"name": into(&name),
			})
			if err == nil && name == "" {
				err = v.errorf("name is missing")
			}
			m.Secret = strings.TrimPrefix(namespace+"/"+name, "/")
			return err
		},
		// LOG, ADD, DELETE or REPLACE: what happens if the header does not have the value; without it, the request is denied
		"mismatch": func(v value) error {
			if err := into(&m.Mismatch)(v); err != nil {
				return err
			}
			switch m.Mismatch {
			case "", "LOG", "ADD", "DELETE", "REPLACE":
				return nil
			}
			return v.errorf("%q is unknown, want LOG, ADD, DELETE or REPLACE, or leave it out to deny", m.Mismatch)
		},
	})
	if err == nil && m.Name == "" {
		err = v.errorf("name is missing")
	}
	return m, err
}
