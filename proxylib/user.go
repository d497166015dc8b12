package proxylib

// MaxUser is the length, in bytes, of the longest user name.
const MaxUser = 255

// longUser is the reason of denials to a user whose name is too long to compare and to log.
const longUser = "user name too long"

// login is what a connection keeps of a user. Connections without one have none, and cost nothing.
type login struct {
	name string
	// asked is what rules see of a request.
	asked userSubject
}

// userSubject is a request of a user whose name is known.
type userSubject struct {
	Subject
	user []byte
}

// Basic implements [Basic].
func (s *userSubject) Basic() bool {
	b, ok := s.Subject.(Basic)
	return ok && b.Basic()
}

// SetUser notes as whom the client has logged in. A parser of a [Protocol] with Login calls it once the server has accepted
// the login: what the client merely claims must not match rules. From then on the keys user, user_prefix and user_regex
// of rules are compared with the name, and entries of the access log have the field user. Empty: the user is not known
// any more. To a user whose name is longer than [MaxUser] bytes, every request is denied. The name is copied.
func (c *Connection) SetUser(name []byte) {
	switch {
	case len(name) == 0:
		c.login = nil
	case c.login != nil && c.login.name == string(name):
		return
	case len(name) > MaxUser:
		c.login = &login{}
	default:
		l := &login{name: string(name)}
		l.asked.user = []byte(l.name)
		c.login = l
	}
	c.flow = c.flow.WithUser(c.User())
	if d := c.Instance.host.Decider; d != nil {
		d.SetUser(name)
	}
}

// User returns the name that [Connection.SetUser] has noted; empty if the user is not known.
func (c *Connection) User() string {
	if c.login == nil {
		return ""
	}
	return c.login.name
}

// barred reports whether every request of the user is denied.
func (l *login) barred() bool { return l != nil && l.name == "" }

// request returns what the policy is asked about, which for a [Subject] is a request of the user.
func (l *login) request(l7 any) any {
	if subject, ok := l7.(Subject); ok {
		return l.subject(subject)
	}
	return l7
}

// forget releases the request that was asked about last, which lives for the call of the host.
func (l *login) forget() { l.asked.Subject = nil }

// subject returns a request as one of the user.
func (l *login) subject(s Subject) Subject {
	if l == nil {
		return s
	}
	l.asked.Subject = s
	return &l.asked
}

// The rule keys that every protocol with Login has.
var userKeys = []RuleKey{
	{Name: "user", Field: fieldUser, Match: Exact, MaxLen: MaxUser,
		Doc: "the client has logged in, and the server has accepted it, as this user"},
	{Name: "user_prefix", Field: fieldUser, Match: Prefix, MaxLen: MaxUser,
		Doc: "the client has logged in as a user whose name begins with this"},
	{Name: "user_regex", Field: fieldUser, Match: Regexp,
		Doc: "the client has logged in as a user in whose name the regular expression (RE2, not anchored) finds something"},
}

var userField = LogFieldDoc{
	Name: "user", Doc: "as whom the client has logged in; absent until the server has accepted the login",
}
