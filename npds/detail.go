package npds

import (
	"errors"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/policy"
)

// maxDetails is how many of the refused resources a request names each by itself.
const maxDetails = 32

// detail is what a request says of the response before it: why it is refused, and, as a google.rpc.BadRequest, which of
// its resources are.
func detail(refusal error) *rpc.Status {
	if refusal == nil {
		return nil
	}
	status := &rpc.Status{Code: int32(codes.InvalidArgument), Message: policy.Reason(refusal)}
	if all := (refusals)(nil); errors.As(refusal, &all) {
		// A message that was made here can be encoded.
		if named, err := anypb.New(all.badRequest()); err == nil {
			status.Details = []*anypb.Any{named}
		}
	}
	return status
}

// badRequest names resources, the first of them with reasons.
func (r refusals) badRequest() *errdetails.BadRequest {
	request := &errdetails.BadRequest{}
	for i, one := range r[:min(len(r), maxDetails)] {
		violation := &errdetails.BadRequest_FieldViolation{Field: one.field}
		if i < maxReasons {
			violation.Description = policy.Cut(one.reason.Error(), maxReasonEach)
		}
		request.FieldViolations = append(request.FieldViolations, violation)
	}
	return request
}
