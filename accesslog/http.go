package accesslog

import (
	"encoding/binary"

	"github.com/proxylib/proxylib/api/cilium"
)

// HTTPHeader is a header of a request or reply.
type HTTPHeader struct{ Key, Value string }

// HTTP is the cilium.HttpLogEntry of a request or of the head of a reply. Texts are escaped and cut as those of [Generic], and
// headers that do not fit any more are left out, which a header "truncated" says.
type HTTP struct {
	Protocol                   cilium.HttpProtocol
	Scheme, Host, Path, Method string
	Headers                    []HTTPHeader
	// Status is that of a reply; 0 in a request.
	Status uint32
	// Missing are headers that the policy expected, Rejected those whose values it did not want.
	Missing, Rejected []HTTPHeader
}

// Tags of cilium.LogEntry.http (100), cilium.HttpLogEntry and cilium.KeyValue.
const (
	tagHTTP       = 100<<3 | 2
	tagProtocol   = 1 << 3
	tagScheme     = 2<<3 | 2
	tagHost       = 3<<3 | 2
	tagPath       = 4<<3 | 2
	tagMethod     = 5<<3 | 2
	tagHeaders    = 6<<3 | 2
	tagHTTPStatus = 7 << 3
	tagMissing    = 8<<3 | 2
	tagRejected   = 9<<3 | 2
	tagPairKey    = 1<<3 | 2
	tagPairValue  = 2<<3 | 2
)

const (
	// maxPath, maxHost and maxWord bound what every entry has, maxHeader the name and the value of a header.
	maxPath   = 1024
	maxHost   = 255
	maxWord   = 32
	maxHeader = 255
	// pairSpace is what a header may take, with its tags and lengths; truncatedSpace is what the header "truncated" does.
	pairSpace      = 2*(maxHeader+3) + 3
	truncatedSpace = 24
)

// AppendL7 implements [L7]. What it appends fits into an entry.
func (h *HTTP) AppendL7(b []byte) []byte {
	b = append(b, tagHTTP&0x7f|0x80, tagHTTP>>7, 0, 0)
	start := len(b)
	if h.Protocol != 0 {
		b = append(b, tagProtocol, byte(h.Protocol))
	}
	b = appendWord(b, tagScheme, h.Scheme, maxWord)
	b = appendWord(b, tagHost, h.Host, maxHost)
	b = appendWord(b, tagPath, h.Path, maxPath)
	b = appendWord(b, tagMethod, h.Method, maxWord)
	if h.Status > 0 {
		b = binary.AppendUvarint(append(b, tagHTTPStatus), uint64(h.Status))
	}
	end, all := start-4+maxL7, true
	for _, list := range []struct {
		tag     byte
		headers []HTTPHeader
	}{{tagMissing, h.Missing}, {tagRejected, h.Rejected}, {tagHeaders, h.Headers}} {
		for i := range list.headers {
			if all = len(b)+pairSpace+truncatedSpace <= end; !all {
				break
			}
			b = appendPair(b, list.tag, list.headers[i].Key, list.headers[i].Value)
		}
		if !all {
			b = appendPair(b, tagHeaders, "truncated", "true")
			break
		}
	}
	setLength(b, start)
	return b
}

func appendWord(b []byte, tag byte, text string, limit int) []byte {
	if text == "" {
		return b
	}
	return appendString(b, tag, text, limit)
}

func appendPair(b []byte, tag byte, key, value string) []byte {
	b = append(b, tag, 0, 0)
	start := len(b)
	b = appendString(b, tagPairKey, key, maxHeader)
	b = appendString(b, tagPairValue, value, maxHeader)
	setLength(b, start)
	return b
}
