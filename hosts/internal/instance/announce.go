package instance

import (
	"slices"
	"strings"

	"github.com/proxylib/proxylib/hosts/internal/hostlog"
	"github.com/proxylib/proxylib/internal/buildinfo"
	"github.com/proxylib/proxylib/internal/contents"
	"github.com/proxylib/proxylib/proxylib"
	"github.com/proxylib/proxylib/proxylib/host"
)

// announce logs the version of the library, once, and what of the configuration an operator must know.
func (o *Opener) announce(shared *host.InstanceConfig) {
	o.announced.Do(func() {
		build, _ := buildinfo.Read()
		shared.Log.WithField("parsers", strings.Join(hostlog.Parsers(), " ")).Info(build.String() + " starts")
		if listed := contents.Names(); listed != nil && !slices.Equal(listed, proxylib.ParserNames()) {
			shared.Log.WithField("listed", strings.Join(listed, " ")).
				Warn("the list inside the library's file is not that of its parsers: make the library with proxylib build")
		}
	})
	if shared.Observe {
		shared.Log.Warn("observe mode is on: everything passes, and the access log only marks what the policy denies")
	}
	if shared.Audit {
		shared.Log.Warn("audit mode is on: requests that the policy denies pass, and only the access log marks them")
	}
	if refused := unclassified(); shared.ReadOnly && len(refused) > 0 {
		shared.Log.WithField("parsers", strings.Join(refused, " ")).
			Warn("readonly: connections of these parsers are refused, since they do not say which requests change nothing")
	}
}
