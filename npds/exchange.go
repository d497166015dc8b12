package npds

import (
	"bytes"
	"fmt"
	"time"

	"github.com/sirupsen/logrus"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/proxylib/proxylib/policy"
)

// ExchangeConfig is the part of a [ClientConfig] that an [Exchange] needs.
type ExchangeConfig struct {
	// Server names the server in logs.
	Server string
	// NodeID, OnError and Delta are those of [ClientConfig].
	NodeID  string
	OnError OnError
	Delta   bool
	// MaxShared is the length, in bytes, of the longest result of [Exchange.Share].
	MaxShared int
	// Log takes what an operator must know.
	Log logrus.FieldLogger
}

// Exchange follows one discovery service of a policy server, as [Client] does, for a host that brings the stream itself: it takes
// the server's messages and returns ours. What is in force can be given to others by [Exchange.Share], which put it in force by
// [Exchange.Restore] and can go on from there. It belongs to one thread.
type Exchange struct {
	intake
	config   ExchangeConfig
	consumer sharer
	// down: the loss of the server has been reported. answered: the server has sent something on the stream. waiting: that it does
	// not has been reported.
	down, answered, waiting bool
	// shared is the length of what was shared last.
	shared int
}

// sharer is a consumer whose resources in force can be listed.
type sharer interface {
	consumer
	// held calls do for each resource in force.
	held(do func(held))
	// restore puts resources in force, in the place of what is. What cannot be used is left out, and returned.
	restore(all []held) refusals
}

// held is a resource in force. name and version are those of delta. keys are those for which a policy is in force, which may be
// fewer than it has as it came: one may since belong to another resource. An identity has those alone.
type held struct {
	name, version string
	raw           []byte
	keys          []string
}

// NewPolicyExchange returns an exchange for policies, which go to the store.
func NewPolicyExchange(config ExchangeConfig, store *policy.Store, parsers policy.RuleParsers) *Exchange {
	p := newPolicies(store, parsers, config.OnError)
	p.raws = map[*policy.Endpoint]held{}
	return newExchange(config, networkPolicies, p)
}

// NewHostExchange returns an exchange for the identities of addresses.
func NewHostExchange(config ExchangeConfig, store *policy.IdentityStore) *Exchange {
	return newExchange(config, networkPolicyHosts, newHosts(store))
}

func newExchange(config ExchangeConfig, f feed, c sharer) *Exchange {
	log := config.Log.WithField("server", config.Server).WithField("service", f.Name)
	return &Exchange{intake: intake{feed: f, onError: config.OnError, log: log}, config: config, consumer: c}
}

// Service and Method are the names by which gRPC calls the service.
func (e *Exchange) Service() string { return e.feed.Name }

// Method is the name of the method of the service.
func (e *Exchange) Method() string {
	if e.config.Delta {
		return e.feed.Delta
	}
	return e.feed.Stream
}

// Status returns what is in force. Updates and Refusals are those of the server's, without what was restored.
func (e *Exchange) Status() Status { return e.standing.get() }

// Begin returns the first message of a stream.
func (e *Exchange) Begin() []byte {
	e.answered = false
	request := discoveryRequest{node: e.config.NodeID, typeURL: e.feed.TypeURL}
	if e.config.Delta {
		request.versions = e.consumer.restart()
	} else {
		request.version = e.version
	}
	return request.append(nil, e.config.Delta)
}

// Receive puts a message of the server's in force, as far as it can be used, and returns the reply: an acceptance or a refusal.
// The error says that the message is not one, which ends the stream.
func (e *Exchange) Receive(message []byte) (reply []byte, refused bool, err error) {
	var response discoveryResponse
	// What comes of the message is kept, and the caller may use its memory again.
	if err := response.decode(bytes.Clone(message), e.config.Delta); err != nil {
		return nil, false, err
	}
	e.heard()
	refusal := e.fits(message)
	if refusal != nil {
		e.refused(response.version, refusal)
	} else {
		refusal = e.try(response.typeURL, response.version, func() outcome {
			if e.config.Delta {
				return e.consumer.change(response.changed, response.removed)
			}
			return e.consumer.world(response.resources)
		})
	}
	return e.reply(response.nonce, refusal), refusal != nil, nil
}

// fits returns an error if what is in force could be too large to be shared with what a message has. A policy is shared with its
// keys, which are no longer than itself; an identity with its prefixes, of which each is at most twice as long as it came.
func (e *Exchange) fits(message []byte) error {
	if size := e.shared + 2*len(message); size > e.config.MaxShared {
		return fmt.Errorf("policy is too large for this host: with this update it could take %d bytes, and may take %d: "+
			"have the server send less to this node", size, e.config.MaxShared)
	}
	return nil
}

func (e *Exchange) reply(nonce string, refusal error) []byte {
	request := discoveryRequest{typeURL: e.feed.TypeURL, nonce: nonce, refusal: detail(refusal)}
	if !e.config.Delta {
		request.node, request.version = e.config.NodeID, e.version
	}
	return request.append(nil, e.config.Delta)
}

// heard notes that the server has sent something.
func (e *Exchange) heard() {
	if e.answered {
		return
	}
	e.answered, e.down, e.waiting = true, false, false
	e.standing.connected(time.Now())
	e.log.Info("policy server is connected")
}

// Answered reports whether the server has sent anything on the stream.
func (e *Exchange) Answered() bool { return e.answered }

// Silent reports, once until the server sends something, that it does not. Whether it is there at all may not be known.
func (e *Exchange) Silent() {
	if e.answered || e.waiting {
		return
	}
	e.waiting = true
	if e.standing.get().LastUpdate.IsZero() {
		e.log.Warn("policy server has sent nothing, waiting for the first policy: " + e.feed.without + " until it comes")
		return
	}
	e.log.Info("policy server has sent nothing: " + e.feed.within)
}

// Abandoned notes that the stream was ended by its host.
func (e *Exchange) Abandoned() {
	e.answered = false
	e.standing.connected(time.Time{})
}

// Lost reports, once until the server sends something, that there is no stream.
func (e *Exchange) Lost(cause error) {
	e.Abandoned()
	if e.down {
		return
	}
	e.down = true
	log, status := e.log.WithField("error", policy.Reason(cause)), e.standing.get()
	if status.LastUpdate.IsZero() {
		log.Warn("policy server cannot be reached: " + e.feed.without + " until it replies")
		return
	}
	log.WithField("version", status.Version).WithField("updated", status.LastUpdate.Format(time.RFC3339)).
		Warn("policy server is lost: " + e.feed.within)
}

// Fields of what is shared.
const (
	shareVersion  = 1
	shareResource = 2

	heldName    = 1
	heldVersion = 2
	heldRaw     = 3
	heldKey     = 4
)

// Share returns what is in force, to be called after each [Exchange.Receive]. Only [Exchange.Restore] of the same build reads it.
func (e *Exchange) Share() []byte {
	b := appendText(nil, shareVersion, e.version)
	var one []byte
	e.consumer.held(func(h held) {
		one = appendBytes(appendText(appendText(one[:0], heldName, h.name), heldVersion, h.version), heldRaw, h.raw)
		for _, key := range h.keys {
			one = appendText(one, heldKey, key)
		}
		b = appendBytes(b, shareResource, one)
	})
	e.shared = len(b)
	return b
}

// Restore puts in force what another exchange has shared, whose place this one can then take. What cannot be used of it is
// denied; the error says so. What is not the result of Share at all changes nothing. The memory of shared may be used again.
func (e *Exchange) Restore(shared []byte) error {
	version, all, err := decodeShared(bytes.Clone(shared))
	if err != nil {
		return err
	}
	refused := e.consumer.restore(all)
	e.version, e.shared = version, len(shared)
	if len(refused) > 0 {
		e.version = ""
		return fmt.Errorf("what is shared cannot be used: %w", refused)
	}
	e.standing.shared(policy.Cut(version, maxVersion))
	return nil
}

func decodeShared(shared []byte) (version string, all []held, err error) {
	err = eachField(shared, func(field protowire.Number, value []byte) error {
		switch field {
		case shareVersion:
			version = string(value)
		case shareResource:
			all = append(all, held{})
			return all[len(all)-1].decode(value)
		}
		return nil
	})
	return version, all, err
}

func (h *held) decode(message []byte) error {
	return eachField(message, func(field protowire.Number, value []byte) error {
		switch field {
		case heldName:
			h.name = string(value)
		case heldVersion:
			h.version = string(value)
		case heldRaw:
			h.raw = value
		case heldKey:
			h.keys = append(h.keys, string(value))
		}
		return nil
	})
}
