package npds

import (
	"errors"
	"fmt"

	"github.com/sirupsen/logrus"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/proxylib/proxylib/internal/buildinfo"
	"github.com/proxylib/proxylib/policy"
)

// consumer takes resources of one type. It is used by one goroutine at a time.
type consumer interface {
	// world puts a whole state in force.
	world(resources []*anypb.Any) outcome
	// change puts changed resources and the removal of others in force.
	change(changed []changedResource, removed []string) outcome
	// restart returns the versions of the resources in force, by name, that have come by change, for a stream that begins.
	restart() map[string]string
}

// maxVersion is the length, in bytes, of the longest version that logs and status show.
const maxVersion = 128

// intake puts the updates of a discovery service in force, or says why not. It is used by one goroutine at a time.
type intake struct {
	feed    feed
	onError OnError
	log     logrus.FieldLogger
	// version is the server's name for the state in force; empty if that is none of the server's because one was accepted in
	// part. A server that goes back to an earlier state must not think that it is in force.
	version  string
	standing standing
}

// userAgent is the name of the library as a client of discovery services.
const userAgent = "proxylib"

// agentVersion is the version of the library.
func agentVersion() string {
	build, _ := buildinfo.Read()
	return build.Short()
}

// try puts an update in force, and returns why it is refused, as a whole or in part.
func (s *intake) try(typeURL, version string, put func() outcome) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
			s.refused(version, err)
		}
	}()
	if typeURL != "" && typeURL != s.feed.TypeURL {
		err := fmt.Errorf("response is of type %.128q, want %q", typeURL, s.feed.TypeURL)
		s.refused(version, err)
		return err
	}
	result := put()
	for _, warning := range s.standing.warned(policy.Lines(result.warnings)) {
		s.log.Warn("policy: " + warning)
	}
	if len(result.refused) > 0 {
		if result.applied {
			s.version = ""
		}
		s.refusedInPart(version, result)
		return result.refused
	}
	s.version = version
	log := s.log.WithField("version", policy.Cut(version, maxVersion))
	if s.standing.accepted(policy.Cut(version, maxVersion), result.outstanding) {
		log.Info("policy update is in force, and nothing is refused any more")
	} else {
		log.Debug("policy update is in force")
	}
	return nil
}

// refused logs a refusal, once for a reason: a server may send the same again and again.
func (s *intake) refused(version string, reason error) {
	s.warn(s.standing.refused(reason), version, policy.Reason(reason),
		"policy update is refused; the policy before it stays in force")
}

func (s *intake) refusedInPart(version string, result outcome) {
	again := s.standing.refusedInPart(result.outstanding, result.applied)
	s.warn(again, version, result.refused.Error(), result.message("policy update", s.onError))
}

func (s *intake) warn(again bool, version, reason, message string) {
	log := s.log.WithField("version", policy.Cut(version, maxVersion)).WithError(errors.New(reason))
	if again {
		log.Debug("policy update is refused again")
		return
	}
	log.Warn(message)
}
