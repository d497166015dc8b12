package npds

import (
	"fmt"
	"net/netip"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/policy"
)

// offer is a resource as it came from a source. A resource has keys, the addresses or prefixes that it is about, each of
// which belongs to one resource only.
type offer[T any] struct {
	// name and version are those of delta; the state of the world has none.
	name, version string
	// label names the resource to an operator, and field to the server, by its name or its place in the update.
	label, field string
	// keys are all keys of a resource that can be used. Of any other they are those that could be made out, and identified
	// reports whether they say which resource it is.
	keys       []string
	identified bool
	value      T
	// err is the reason why the resource cannot be used; it names the resource.
	err error
}

// changedResource is a resource of an update by delta.
type changedResource struct {
	name, version string
	resource      *anypb.Any
}

// named is the offer of a resource that has a name.
func named[T any](r changedResource) *offer[T] {
	return &offer[T]{name: r.name, version: r.version, label: labelOf(r.name), field: labelOf(r.name)}
}

// labelOf names a resource that has a name.
func labelOf(name string) string { return fmt.Sprintf("resource %.128q", name) }

// unnamed is the offer of the resource at an index of a state of the world.
func unnamed[T any](index int) *offer[T] {
	label := fmt.Sprintf("resource %d", index)
	return &offer[T]{label: label, field: label}
}

// decode decodes the resource and calls identify with what could be decoded, and then use if that is all of it. Nothing
// in one resource can harm another, not even a panic.
func (o *offer[T]) decode(r *anypb.Any, typeURL string, into proto.Message, identify func(), use func() error) {
	defer func() {
		if cause := recover(); cause != nil {
			o.err = fmt.Errorf("%s: panic: %v", o.label, cause)
		}
	}()
	if r.GetTypeUrl() != typeURL {
		o.err = fmt.Errorf("%s is of type %.128q, want %q", o.label, r.GetTypeUrl(), typeURL)
		return
	}
	broken := r.UnmarshalTo(into)
	identify()
	if broken != nil {
		o.err = fmt.Errorf("%s cannot be decoded: %w", o.label, broken)
		return
	}
	o.err = use()
}

// identify sets the keys to those of the addresses that are some.
func (o *offer[T]) identify(ips []string) {
	for _, ip := range ips {
		if addr, err := netip.ParseAddr(ip); err == nil {
			o.keys = append(o.keys, addr.Unmap().String())
		}
	}
	o.identified = len(o.keys) > 0
}

// refusal is the reason why a resource is not in force as it came.
type refusal struct {
	label, field string
	reason       error
}

// refusals are those of an update, or all that are outstanding. As an error they are cut to bounds, in which as many as possible
// are named.
type refusals []refusal

const (
	// maxReasons is how many resources of an update are named with a reason, maxReasonEach the length of each in bytes.
	maxReasons, maxReasonEach = 8, 384
	// maxLabel is the length of the name of each of the others, in bytes.
	maxLabel = 128
)

// text is empty if there are none.
func (r refusals) text() string {
	if len(r) == 0 {
		return ""
	}
	return r.Error()
}

func (r refusals) Error() string {
	if len(r) == 1 {
		return policy.Reason(r[0].reason)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d resources are refused: ", len(r))
	for i := range min(len(r), maxReasons) {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(policy.Cut(r[i].reason.Error(), maxReasonEach))
	}
	for i := maxReasons; i < len(r); i++ {
		next := ", " + policy.Cut(r[i].label, maxLabel)
		if i == maxReasons {
			next = "; and others: " + next[2:]
		}
		if b.Len()+len(next) > policy.MaxReason-len(" and 4294967295 more") {
			fmt.Fprintf(&b, " and %d more", len(r)-i)
			break
		}
		b.WriteString(next)
	}
	return b.String()
}
