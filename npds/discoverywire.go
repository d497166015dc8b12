package npds

import (
	"fmt"

	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// Messages of envoy.service.discovery.v3 by the numbers of their fields, for a host whose program is to stay small: the Go code
// of these messages brings gRPC with it.
//
// Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/service/discovery/v3/discovery.proto.
const (
	worldRequestVersion = 1
	worldRequestNode    = 2
	worldRequestType    = 4
	worldRequestNonce   = 5
	worldRequestError   = 6

	deltaRequestNode     = 1
	deltaRequestType     = 2
	deltaRequestVersions = 5
	deltaRequestNonce    = 6
	deltaRequestError    = 7

	responseVersion      = 1
	responseResources    = 2
	responseType         = 4
	responseNonce        = 5
	deltaResponseRemoved = 6

	resourceVersion = 1
	resourceAny     = 2
	resourceName    = 3

	anyType  = 1
	anyValue = 2

	nodeID           = 1
	nodeAgentName    = 6
	nodeAgentVersion = 7

	entryKey   = 1
	entryValue = 2
)

// discoveryRequest is what a client says, in both forms.
type discoveryRequest struct {
	// node is the name of the client; empty is not sent. version is of the state of the world.
	node, version, typeURL, nonce string
	// versions are those that a stream by delta begins with.
	versions map[string]string
	refusal  *rpc.Status
}

// append appends the request in the form for a whole state, or with delta in that for changes.
func (r *discoveryRequest) append(b []byte, delta bool) []byte {
	node, typeURL, nonce, refusal := protowire.Number(worldRequestNode), protowire.Number(worldRequestType), protowire.Number(worldRequestNonce), protowire.Number(worldRequestError)
	if delta {
		node, typeURL, nonce, refusal = deltaRequestNode, deltaRequestType, deltaRequestNonce, deltaRequestError
	} else {
		b = appendText(b, worldRequestVersion, r.version)
	}
	if r.node != "" {
		agent := appendText(appendText(appendText(nil, nodeID, r.node), nodeAgentName, userAgent), nodeAgentVersion, agentVersion())
		b = appendBytes(b, node, agent)
	}
	b = appendText(b, typeURL, r.typeURL)
	for name, version := range r.versions {
		b = appendBytes(b, deltaRequestVersions, appendText(appendText(nil, entryKey, name), entryValue, version))
	}
	b = appendText(b, nonce, r.nonce)
	if r.refusal != nil {
		// A status that was made here can be encoded.
		status, _ := proto.Marshal(r.refusal)
		b = appendBytes(b, refusal, status)
	}
	return b
}

func appendText(b []byte, field protowire.Number, text string) []byte {
	if text == "" {
		return b
	}
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), text)
}

func appendBytes(b []byte, field protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), value)
}

// discoveryResponse is what a server says. Its resources alias the message.
type discoveryResponse struct {
	version, typeURL, nonce string
	// resources are a whole state; changed and removed are changes.
	resources []*anypb.Any
	changed   []changedResource
	removed   []string
}

// decode decodes a message of one of the two forms.
func (r *discoveryResponse) decode(message []byte, delta bool) error {
	return eachField(message, func(field protowire.Number, value []byte) (err error) {
		switch {
		case field == responseVersion:
			r.version = string(value)
		case field == responseType:
			r.typeURL = string(value)
		case field == responseNonce:
			r.nonce = string(value)
		case field == responseResources && delta:
			var one changedResource
			err = one.decode(value)
			r.changed = append(r.changed, one)
		case field == responseResources:
			var one *anypb.Any
			one, err = decodeAny(value)
			r.resources = append(r.resources, one)
		case field == deltaResponseRemoved && delta:
			r.removed = append(r.removed, string(value))
		}
		return err
	})
}

func (r *changedResource) decode(message []byte) error {
	return eachField(message, func(field protowire.Number, value []byte) (err error) {
		switch field {
		case resourceVersion:
			r.version = string(value)
		case resourceName:
			r.name = string(value)
		case resourceAny:
			r.resource, err = decodeAny(value)
		}
		return err
	})
}

func decodeAny(message []byte) (*anypb.Any, error) {
	packed := &anypb.Any{}
	return packed, eachField(message, func(field protowire.Number, value []byte) error {
		switch field {
		case anyType:
			packed.TypeUrl = string(value)
		case anyValue:
			packed.Value = value
		}
		return nil
	})
}

// eachField calls take for each field of a message that has a length, and passes the others over.
func eachField(message []byte, take func(field protowire.Number, value []byte) error) error {
	for len(message) > 0 {
		field, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return fmt.Errorf("message cannot be decoded: %w", protowire.ParseError(n))
		}
		message = message[n:]
		if kind != protowire.BytesType {
			if n = protowire.ConsumeFieldValue(field, kind, message); n < 0 {
				return fmt.Errorf("message cannot be decoded: %w", protowire.ParseError(n))
			}
			message = message[n:]
			continue
		}
		value, n := protowire.ConsumeBytes(message)
		if n < 0 {
			return fmt.Errorf("message cannot be decoded: %w", protowire.ParseError(n))
		}
		if err := take(field, value); err != nil {
			return err
		}
		message = message[n:]
	}
	return nil
}
