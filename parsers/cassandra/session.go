package cassandra

import "github.com/proxylib/proxylib/proxylib/wire"

// onSession judges a request that holds no statement.
func (p *parser) onSession(r *request, body []byte) (decision, error) {
	p.accesses = nil
	if r.opcode == opStartup {
		return p.onStartup(r, body)
	}
	in := wire.NewReader(body)
	var token []byte
	switch r.opcode {
	case opRegister:
		skipStringList(&in)
	case opAuthResponse:
		token = in.Nullable32()
	}
	if !in.OK() {
		return decideDrop, errMalformed
	}
	if r.opcode != opAuthResponse {
		return p.decide(r)
	}
	// Of two logins that are under way one could not tell which of them the server takes.
	if p.login.waiting {
		return decideDrop, errLogins
	}
	v, err := p.decide(r)
	if v == decidePass {
		p.onLogin(token)
	}
	return v, err
}

func (p *parser) onStartup(r *request, body []byte) (decision, error) {
	agreed, err := decodeStartup(body)
	if err == nil && agreed == compressionSnappy && r.version == version5 {
		err = errCompression
	}
	if err != nil {
		return decideDrop, err
	}
	v, err := p.decide(r)
	if v == decidePass {
		p.state, p.agreed = stateStarting, agreed
	}
	return v, err
}
