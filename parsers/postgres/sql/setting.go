package sql

import "github.com/proxylib/proxylib/parsers/internal/sqllex"

// setting adds a change of a setting.
func (r *Reader) setting(s Setting) {
	if len(r.Settings) == MaxSettings {
		r.fail(ReasonSets)
		return
	}
	r.Settings = append(r.Settings, s)
}

// copied returns a copy of a name in the names of the text.
func (r *Reader) copied(s string) []byte {
	from := len(r.names)
	r.names = append(r.names, s...)
	return r.names[from:len(r.names):len(r.names)]
}

// sets reads what stands after SET.
func (r *Reader) sets() Operation {
	// SESSION and LOCAL are also the first part of a name.
	local := false
	if next := r.peek(); !next.IsSymbol('.') && !next.IsKeyword(kwTo) && !next.IsOperator('=') {
		local = r.takes(kwLocal)
		if !local && r.at(kwSession) && !next.IsKeyword(kwAuthorization) {
			r.advance()
		}
	}
	switch {
	case r.takesBoth(kwSession, kwAuthorization):
		return r.valued(Setting{Name: r.copied("session_authorization"), Local: local})
	case r.at(kwConstraints) && !r.assigns():
		r.advance()
		if !r.takes(kwAll) {
			for r.access(SetConstraints, Other, r.object()); r.take(','); r.access(SetConstraints, Other, r.object()) {
			}
		}
		if !r.takes(kwDeferred) {
			r.need(kwImmediate)
		}
		return SetConstraints
	case (r.at(kwTransaction) || r.at(kwCharacteristics)) && !r.assigns():
		r.words()
		return SetTransaction
	}
	return r.assign(local)
}

// assigns reports whether the next token is a dot, TO or = and the current one therefore the name of a setting.
func (r *Reader) assigns() bool {
	next := r.peek()
	return next.IsSymbol('.') || next.IsKeyword(kwTo) || next.IsOperator('=')
}

// assign reads the name of a setting and its value.
func (r *Reader) assign(local bool) Operation {
	s := Setting{Local: local}
	switch {
	case r.assigns():
		s.Name = r.settingName()
		if !r.takes(kwTo) {
			if !r.tok.IsOperator('=') {
				r.fail(ReasonForm)
			}
			r.advance()
		}
	case r.takesBoth(kwTime, kwZone):
		s.Name = r.copied("timezone")
	case r.takesBoth(kwXml, kwOption):
		s.Name = r.copied("xmloption")
	case r.takes(kwSchema):
		s.Name = r.copied("search_path")
	case r.takes(kwNames):
		s.Name = r.copied("client_encoding")
	case r.takes(kwRole):
		s.Name = r.copied("role")
	default:
		r.fail(ReasonForm)
		return Set
	}
	return r.valued(s)
}

// valued reads the value of a setting and adds the change.
func (r *Reader) valued(s Setting) Operation {
	from := r.tok.From
	r.value(&s)
	if s.Change == ChangeSet && r.good() {
		s.Value = r.text[from:r.previous.To]
	}
	return r.changed(s)
}

// settingName reads the name of a setting, of which the case has no meaning, also in quotes.
func (r *Reader) settingName() []byte {
	var parts [4][]byte
	n := 1
	parts[0] = r.needName(columnName)
	for ; r.take('.'); n++ {
		if n == len(parts) {
			r.fail(sqllex.ReasonName)
			return nil
		}
		parts[n] = r.needName(columnName)
	}
	from := len(r.names)
	for i, part := range parts[:n] {
		if i > 0 {
			r.names = append(r.names, '.')
		}
		r.names = append(r.names, part...)
	}
	name := r.names[from:len(r.names):len(r.names)]
	sqllex.Lower(name)
	return name
}

// value passes the value of a setting.
func (r *Reader) value(s *Setting) {
	if r.at(kwDefault) || r.at(kwLocal) && string(s.Name) == "timezone" {
		s.Change = ChangeReset
		r.advance()
		return
	}
	if r.tok.Kind == sqllex.End || r.is(';') {
		// SET NAMES alone.
		if string(s.Name) != "client_encoding" {
			r.fail(ReasonForm)
		}
		s.Change = ChangeReset
		return
	}
	for r.good() {
		switch {
		case r.at(kwInterval):
			r.typeName()
		case r.tok.IsOperator('-'), r.tok.IsOperator('+'):
			r.advance()
			continue
		case r.tok.Kind == sqllex.Word, r.tok.Kind == sqllex.Quoted, r.tok.Kind == sqllex.String, r.tok.Kind == sqllex.Number:
			r.advance()
		default:
			r.fail(ReasonForm)
		}
		if !r.take(',') {
			return
		}
	}
}

// changed adds a change of a setting and returns the operation.
func (r *Reader) changed(s Setting) Operation {
	r.setting(s)
	op := Set
	if s.Change == ChangeReset {
		op = Reset
	}
	switch string(s.Name) {
	case "role":
		op = SetRole
	case "session_authorization":
		op = SetSession
	}
	r.add(Access{Operation: op, Class: op.Class(), Name: s.Name})
	return op
}

// setConfig reads the first arguments of set_config, which does what SET does. Which setting it is must be in a plain
// string; otherwise the function is one for administrators.
func (e *expressions) setConfig(n name) {
	e.open(false)
	if e.tok.Kind != sqllex.String || !e.peek().IsSymbol(',') || !isSetting(e.text[e.tok.From:e.tok.To]) {
		e.function(n.schema, n.last)
		return
	}
	s := Setting{Name: e.copied(string(e.text[e.tok.From+1 : e.tok.To-1])), Change: ChangeMaybe}
	sqllex.Lower(s.Name)
	e.advance()
	e.advance()
	if e.tok.Kind == sqllex.String && e.peek().IsSymbol(',') {
		s.Value = e.text[e.tok.From:e.tok.To]
	}
	e.changed(s)
	e.add(Access{Operation: CallFunction, Kind: Function, Class: Read, Schema: n.schema, Name: n.last})
}

// isSetting reports whether a string is a name of a setting in plain quotes.
func isSetting(quoted []byte) bool {
	if quoted[0] != '\'' || len(quoted) < 3 {
		return false
	}
	for _, b := range quoted[1 : len(quoted)-1] {
		if !isSettingByte(b) {
			return false
		}
	}
	return true
}

// isSettingByte reports whether a byte may be in the name of a setting without quotes.
func isSettingByte(b byte) bool {
	switch {
	case 'a' <= b|0x20 && b|0x20 <= 'z', '0' <= b && b <= '9', b == '_', b == '$', b == '.':
		return true
	}
	return false
}

// resets reads what stands after RESET.
func (r *Reader) resets() Operation {
	s := Setting{Change: ChangeReset}
	switch {
	case r.takes(kwAll):
		r.setting(s)
		return Reset
	case r.takesBoth(kwTime, kwZone):
		s.Name = r.copied("timezone")
	case r.takesBoth(kwTransaction, kwIsolation):
		r.need(kwLevel)
		s.Name = r.copied("transaction_isolation")
	case r.takesBoth(kwSession, kwAuthorization):
		s.Name = r.copied("session_authorization")
	default:
		s.Name = r.settingName()
	}
	return r.changed(s)
}

// shows reads what stands after SHOW.
func (r *Reader) shows() (Operation, []byte) {
	var name []byte
	switch {
	case r.takes(kwAll):
		return Show, nil
	case r.takesBoth(kwTime, kwZone):
		name = r.copied("timezone")
	case r.takesBoth(kwTransaction, kwIsolation):
		r.need(kwLevel)
		name = r.copied("transaction_isolation")
	case r.takesBoth(kwSession, kwAuthorization):
		name = r.copied("session_authorization")
	default:
		name = r.settingName()
	}
	r.add(Access{Operation: Show, Class: Show.Class(), Name: name})
	return Show, name
}
