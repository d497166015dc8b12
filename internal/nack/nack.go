package nack

import (
	"strconv"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	rpc "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// Resource is a resource that is refused.
type Resource struct {
	// Field names it: `resource "NAME"`, or "resource N" with its place in the update.
	Field string
	// Reason is why; empty where only the message says so.
	Reason string
}

const (
	domain = "proxylib"
	// inPart is the reason of a refusal in part, total the number of resources that are refused, which may be more than are
	// named.
	inPart = "REFUSED_IN_PART"
	total  = "refused"
)

// Whole is the refusal of an update of which nothing is in force.
func Whole(message string) *rpc.Status {
	return &rpc.Status{Code: int32(code.Code_INVALID_ARGUMENT), Message: message}
}

// Part is the refusal of some resources, of which the first are named; the others of the update are in force.
func Part(message string, named []Resource, refused int) *rpc.Status {
	request := &errdetails.BadRequest{}
	for _, r := range named {
		request.FieldViolations = append(request.FieldViolations,
			&errdetails.BadRequest_FieldViolation{Field: r.Field, Description: r.Reason})
	}
	info := &errdetails.ErrorInfo{
		Domain: domain, Reason: inPart, Metadata: map[string]string{total: strconv.Itoa(refused)},
	}
	status := Whole(message)
	for _, detail := range []proto.Message{request, info} {
		// Messages that were made here can be encoded, unless a text is not UTF-8; then the message alone must suffice.
		encoded, err := anypb.New(detail)
		if err != nil {
			return Whole(message)
		}
		status.Details = append(status.Details, encoded)
	}
	return status
}

// Named returns the resources that a refusal names. all reports whether these are all that are refused, and the others of
// the update are in force.
func Named(refusal *rpc.Status) (named []Resource, all bool) {
	refused := -1
	for _, detail := range refusal.GetDetails() {
		request, info := &errdetails.BadRequest{}, &errdetails.ErrorInfo{}
		switch {
		case detail.UnmarshalTo(request) == nil:
			for _, v := range request.GetFieldViolations() {
				named = append(named, Resource{v.GetField(), v.GetDescription()})
			}
		case detail.UnmarshalTo(info) == nil && info.GetDomain() == domain && info.GetReason() == inPart:
			if n, err := strconv.Atoi(info.GetMetadata()[total]); err == nil {
				refused = n
			}
		}
	}
	return named, refused > 0 && refused == len(named)
}
