package redis

import (
	"errors"

	"github.com/proxylib/proxylib/proxylib"
)

// rest is what is to come of a request on which the verdict has been given before all of it was there.
type rest struct {
	// op is PASS or DROP.
	op proxylib.OpType
	// arguments is the number of arguments that have not come as a whole.
	arguments int
	// limit is the length of the longest argument that a rule allows; 0 does not limit it.
	limit int
	// scans: the arguments are followed, as options that are not known must not pass.
	scans bool
	// ends: the CR LF of an argument comes next.
	ends bool
	// owed: the server owes a reply, once all of the request has come.
	owed bool
}

// onRest applies the verdict to the next argument. Its length and its end are looked at, so that it is certain where the
// next request begins.
func (p *parser) onRest(view proxylib.View) (proxylib.OpType, int) {
	if p.rest.ends {
		return p.onRestEnd(view)
	}
	n, header, missing, err := readHeader(view, 0, '$')
	switch {
	case err == nil && n > MaxBulk:
		err = errBulk
	case missing > 0:
		return proxylib.MORE, missing
	}
	if err == nil && p.rest.limit > 0 && n > p.rest.limit && p.rest.op == proxylib.PASS {
		err = errLimit
	}
	if err == nil && p.rest.scans {
		missing, err = p.scanRest(view, header, n)
	}
	switch {
	case err != nil:
		return p.refuse(err)
	case missing > 0:
		return proxylib.MORE, missing
	}
	p.rest.ends = true
	return p.rest.op, header + n
}

// scanRest follows the next argument, of n bytes after its header. It returns how many bytes are missing for that.
func (p *parser) scanRest(view proxylib.View, header, n int) (missing int, err error) {
	r := &p.request
	argument := mark{from: header, to: header + n}
	if n > maxWord {
		argument.to = argument.from
	}
	if _, certain := r.scan.Peek(); !certain {
		if missing = view.Missing(argument.to); missing > 0 {
			return missing, nil
		}
		_, err = r.scan.Take(r.bytes(view, argument))
		return 0, err
	}
	_, err = r.scan.Take(nil)
	return 0, err
}

func (p *parser) onRestEnd(view proxylib.View) (proxylib.OpType, int) {
	if missing := view.Missing(len(lineEnd)); missing > 0 {
		return proxylib.MORE, missing
	}
	if !lineEndAt(view, 0) {
		return p.refuse(errArgument)
	}
	p.rest.ends = false
	if p.rest.arguments--; p.rest.arguments == 0 {
		p.mode = modeRequest
	}
	return p.rest.op, len(lineEnd)
}

var errLimit = errors.New("argument longer than the first long one, where a rule limits them")
