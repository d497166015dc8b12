package npds

import (
	"errors"

	rpc "google.golang.org/genproto/googleapis/rpc/status"

	"github.com/proxylib/proxylib/internal/nack"
	"github.com/proxylib/proxylib/policy"
)

// maxDetails is how many of the refused resources a request names each by itself.
const maxDetails = 32

// detail is what a request says of the response before it: why it is refused, and which of its resources are.
func detail(refusal error) *rpc.Status {
	if refusal == nil {
		return nil
	}
	all := refusals(nil)
	if !errors.As(refusal, &all) {
		return nack.Whole(policy.Reason(refusal))
	}
	return nack.Part(policy.Reason(refusal), all.named(), len(all))
}

// named names resources, the first of them with reasons.
func (r refusals) named() []nack.Resource {
	named := make([]nack.Resource, 0, maxDetails)
	for i, one := range r[:min(len(r), maxDetails)] {
		resource := nack.Resource{Field: one.field}
		if i < maxReasons {
			resource.Reason = policy.Cut(one.reason.Error(), maxReasonEach)
		}
		named = append(named, resource)
	}
	return named
}
