package nack

import (
	"slices"
	"testing"

	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/types/known/anypb"
)

func TestWhatIsNamedIsReadAgain(t *testing.T) {
	some := []Resource{{`resource "a"`, "not this"}, {"resource 7", ""}}
	for _, c := range []struct {
		what    string
		refusal *rpc.Status
		named   []Resource
		all     bool
	}{
		{"all", Part("x", some, 2), some, true},
		{"the first", Part("x", some, 3), some, false},
		{"none", Part("x", nil, 0), nil, false},
		{"a whole update", Whole("x"), nil, false},
		{"text that is not UTF-8", Part("x", []Resource{{"\xff", ""}}, 1), nil, false},
		{"details of others", &rpc.Status{Message: "x", Details: []*anypb.Any{nil, {TypeUrl: "y"}, {Value: []byte{1}}}}, nil, false},
		{"no refusal", nil, nil, false},
	} {
		named, all := Named(c.refusal)
		if !slices.Equal(named, c.named) || all != c.all {
			t.Errorf("%s: got %v, %v", c.what, named, all)
		}
		if c.refusal != nil && c.refusal.GetMessage() != "x" {
			t.Errorf("%s: the message is %q", c.what, c.refusal.GetMessage())
		}
	}
}
