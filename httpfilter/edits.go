package httpfilter

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/proxylib/proxylib/internal/httplink"
)

// framing are headers that frame a message, or say who it is for: the library and Envoy set them.
var framing = []string{
	headerContentLength, "transfer-encoding", "connection", "keep-alive", "proxy-connection", "upgrade", "te", "trailer", "host",
}

// apply carries out edits. It returns why one is impossible; then none that follows is carried out.
func (d *side) apply(edits []Edit) (reason string) {
	if len(edits) == 0 {
		return ""
	}
	var lines []httplink.Edit
	clear := false
	for i := range edits {
		e := &edits[i]
		switch e.kind {
		case replaceBody:
			if reason = d.replaceBody(e.body, &lines); reason != "" {
				return reason
			}
		case setMetadata:
			d.stream.host.SetMetadata(d.stream.config.name, e.name, e.value)
		case setTag:
			d.stream.host.SetTag(e.name, e.value)
		case reroute:
			clear = true
			if d.reply || d.stage > atWhole {
				return "Reroute: is for the headers of a request"
			}
		default:
			line, reason := d.line(e)
			if reason != "" {
				return reason
			}
			lines = append(lines, line)
		}
	}
	if len(lines) > 0 {
		d.stream.host.Edit(d.editedMap(), lines)
	}
	if clear {
		d.stream.host.ClearRoute()
	}
	return ""
}

// editedMap is the map that edits of the stage are about.
func (d *side) editedMap() httplink.Map {
	if d.stage == atTrailers {
		return d.trailersMap
	}
	return d.headersMap
}

// line is an edit of a header for the host.
func (d *side) line(e *Edit) (line httplink.Edit, reason string) {
	if d.stage == atPiece {
		return line, "headers: cannot be changed after they were sent"
	}
	line = httplink.Edit{Op: operations[e.kind], Name: strings.ToLower(e.name), Value: e.value}
	pseudo := strings.HasPrefix(line.Name, ":")
	switch {
	case pseudo && !d.allowsPseudo(line.Name, e):
		return line, fmt.Sprintf("header %q: cannot be changed here, or not to %.64q", line.Name, line.Value)
	case !pseudo && !httpguts.ValidHeaderFieldName(line.Name):
		return line, fmt.Sprintf("header %.64q: is not a name", line.Name)
	case !httpguts.ValidHeaderFieldValue(line.Value):
		return line, fmt.Sprintf("header %q: the value has a control character", line.Name)
	case slices.Contains(framing, line.Name):
		return line, fmt.Sprintf("header %q: frames the message or says who it is for, and cannot be changed like this", line.Name)
	}
	return line, ""
}

var operations = map[editKind]httplink.Op{setHeader: httplink.Set, addHeader: httplink.Add, removeHeader: httplink.Remove}

// allowsPseudo reports whether a pseudo header may be set to a value.
func (d *side) allowsPseudo(name string, e *Edit) bool {
	if e.kind != setHeader || d.stage == atTrailers || e.value == "" {
		return false
	}
	if d.reply {
		n, err := strconv.Atoi(e.value)
		return name == ":status" && err == nil && len(e.value) == 3 && n >= 200 && n <= 599
	}
	if d.headers.Get(":method") == methodConnect {
		return false
	}
	plain := !strings.ContainsFunc(e.value, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '#' })
	switch name {
	case ":path":
		return plain && e.value[0] == '/'
	case ":method":
		return httpguts.ValidHeaderFieldName(e.value) && e.value != methodConnect
	case ":authority":
		return plain && !strings.ContainsAny(e.value, "/,?@")
	}
	return false
}

// replaceBody replaces the body or the piece, and appends what must be changed of the headers.
func (d *side) replaceBody(body []byte, lines *[]httplink.Edit) (reason string) {
	host := d.stream.host
	switch {
	case d.stage == atWhole:
		host.SetBody(d.reply, body)
		if d.headers.Has(headerContentLength) {
			*lines = append(*lines, httplink.Edit{Op: httplink.Set, Name: headerContentLength, Value: strconv.Itoa(len(body))})
		}
	case d.stage == atPiece && d.body.mode == rewritten:
		held, _ := host.Body(d.reply)
		if after := d.decided + d.asked; d.decided > 0 || len(held) > after {
			body = slices.Concat(held[:d.decided], body, held[after:])
			host.SetBody(d.reply, body)
			d.asked = len(body) - d.decided - (len(held) - after)
			return ""
		}
		host.SetBody(d.reply, body)
		d.asked = len(body)
	default:
		return "ReplaceBody: is for bodies that are Whole or Rewritten, where there is one"
	}
	return ""
}

// checkedReply returns the reply of Deny, or an internal error if it cannot be sent.
func (s *Stream) checkedReply(a Action) Action {
	valid := a.status >= 200 && a.status <= 599
	headers := make([]Header, 0, len(a.headers)+1)
	for _, h := range a.headers {
		h.Name = strings.ToLower(h.Name)
		valid = valid && httpguts.ValidHeaderFieldName(h.Name) && httpguts.ValidHeaderFieldValue(h.Value) && !slices.Contains(framing, h.Name) &&
			h.Name != "grpc-status"
		headers = append(headers, h)
	}
	if !valid {
		s.Log().Error("Deny: the status or a header is invalid", "status", a.status)
		return Deny(statusInternal, "", detailsInternal)
	}
	a.headers = headers
	a.details = strings.Map(func(r rune) rune {
		if r <= ' ' || r >= 0x7f {
			return '_'
		}
		return r
	}, a.details)
	if a.details == "" {
		a.details = "httpfilter_denied"
	}
	return a
}
