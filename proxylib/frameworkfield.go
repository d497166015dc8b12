package proxylib

// Fields of requests that rule keys of the framework are about. Those of protocols are not negative.
const (
	fieldAccess = -1
	fieldUser   = -2
)

// wholeSubject is a [Subject] whose Value knows the fields of the framework as well. Tools have it that ask about requests
// that are written by hand.
type wholeSubject interface {
	Subject
	WholeSubject()
}

// fieldValue returns a value of a field of a request, and the place of the one after it; see [Subject].
func fieldValue(s Subject, field, at int) (Value, int) {
	if field >= 0 {
		return s.Value(field, at)
	}
	return frameworkValue(s, field, at)
}

func frameworkValue(s Subject, field, at int) (Value, int) {
	switch s := s.(type) {
	case *userSubject:
		if field == fieldUser {
			return Text(s.user), 0
		}
		return frameworkValue(s.Subject, field, at)
	case wholeSubject:
		return s.Value(field, at)
	}
	if field == fieldAccess {
		return Text(accessNames[accessOf(s)]), 0
	}
	return NoValue, 0
}
