package policy

import (
	"regexp"
	"strings"
)

var serverNamePattern = regexp.MustCompile(`^[-A-Za-z0-9_.*]+$`)

// compileServerName makes an expression of a pattern for TLS server names: "*" stands for any run of characters inside
// one label, "**" for one or more whole labels, and a lone "*" for any name. Case does not matter.
func compileServerName(pattern string) (*regexp.Regexp, error) {
	if !serverNamePattern.MatchString(pattern) {
		return nil, inField("server_names", "%s is not a pattern of a DNS name", quote(pattern))
	}
	if pattern == "*" {
		return regexp.MustCompile(`.`), nil
	}
	const character = `[-a-z0-9_]`
	labels := strings.Split(pattern, ".")
	for i, label := range labels {
		switch {
		case label == "**":
			labels[i] = character + `+(\.` + character + `+)*`
		case label == "" || strings.Contains(label, "**"):
			return nil, inField("server_names", "%s has a label that is empty or holds ** beside other characters",
				quote(pattern))
		default:
			labels[i] = strings.ReplaceAll(regexp.QuoteMeta(label), `\*`, character+`*`)
		}
	}
	return regexp.Compile(`^(?i:` + strings.Join(labels, `\.`) + `)$`)
}
