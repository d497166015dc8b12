//go:build wasip1

package wasm

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/proxylib/proxylib/hosts/internal/filterconfig"
	"github.com/proxylib/proxylib/internal/buildinfo"
	"github.com/proxylib/proxylib/npds"
	"github.com/proxylib/proxylib/policy"
	"github.com/proxylib/proxylib/proxylib"
)

// A policy server has one client among the virtual machines of a process, which have a thread each: the leader. It puts updates in
// force, and shares what is in force with the others by Envoy's shared data. They look at it at intervals.
//
// The value of the key of a source is its [head], which the leader replaces at intervals. If it has not done so for some time,
// another one takes its place. Each leader has a term, a number of its own, in the names of the keys for what it shares, so that one
// that was replaced without knowing changes nothing of its successor's.

// sourceEvery is the interval in milliseconds at which virtual machines look at what is shared.
const sourceEvery = 100

// leaderSilence is how long a leader may be silent.
const leaderSilence = 2 * time.Second

// maxShared is the length of the longest value that is shared, in bytes: policies of 16 MiB, whose addresses are shared twice, can be
// replaced by others of that size.
const maxShared = 4 * maxMessage

// source is where plugins of a virtual machine get policies from: a policy server. Equal configurations have one.
type source struct {
	key             string
	cluster, nodeID string
	log             logrus.FieldLogger
	// plugins are those that use it. The first drives it: streams are its own.
	plugins []*plugin

	policies   policy.Store
	identities *policy.IdentityStore
	// services are that of policies, and that of identities if they are asked for.
	services []*service
	// entries is the access log for the server, nil if nobody wants it.
	entries *serverLog

	leads bool
	term  uint64
	// seen is the head when it was other than before, at a time.
	seen   head
	seenAt time.Time
	// reported is what Envoy shows.
	reported shown
}

// sources are those of the virtual machine, by key.
var sources = map[string]*source{}

// maxServices is the number of services of a policy server.
const maxServices = 2

// head is the state of a source: who leads, how often it has said so, whether the server has sent something on all streams, and the
// numbers of the versions that are shared.
type head struct {
	Term, Beat  uint64
	Connected   bool
	Generations [maxServices]uint64
}

func (h *head) encode() []byte {
	b := make([]byte, 0, binary.Size(h))
	b, _ = binary.Append(b, binary.LittleEndian, h)
	return b
}

// readHead returns the head with the number of its version; a head that is not there is empty.
func (s *source) readHead() (h head, version uint32) {
	value, version, ok := sharedData(s.key)
	if !ok {
		return h, absent
	}
	if _, err := binary.Decode(value, binary.LittleEndian, &h); err != nil {
		return head{}, version
	}
	return h, version
}

// useSource has a plugin use the source of its settings, which is made if it does not exist.
func (p *plugin) useSource(s *filterconfig.Settings, log logrus.FieldLogger) {
	build, _ := buildinfo.Read()
	config := npds.ExchangeConfig{Server: s.Policy.XDS, NodeID: s.NodeID, OnError: s.Policy.OnError, Delta: s.Policy.Delta,
		MaxShared: maxShared - generationLength, Log: log}
	if config.NodeID == "" {
		config.NodeID = defaultNodeID
	}
	// What another build shares may mean something else here.
	key := fmt.Sprintf("proxylib %s %s: %q %q %q %t %t", build.Short(), strings.Join(proxylib.ParserNames(), ","), config.Server,
		config.NodeID, config.OnError, config.Delta, s.Policy.Hosts)
	p.source = sources[key]
	if p.source == nil {
		p.source = newSource(key, config, s.Policy.Hosts)
		sources[key] = p.source
	}
	p.source.plugins = append(p.source.plugins, p)
	p.schedule()
}

// defaultNodeID has the form that Cilium's agent accepts.
const defaultNodeID = "host~127.0.0.2~libproxylib-wasm~localdomain"

func newSource(key string, config npds.ExchangeConfig, hosts bool) *source {
	s := &source{key: key, cluster: config.Server, nodeID: config.NodeID, log: config.Log, seenAt: time.Now()}
	rules := policy.Registered()
	delete(rules, policy.HTTP)
	s.services = append(s.services, &service{source: s, exchange: npds.NewPolicyExchange(config, &s.policies, rules)})
	if hosts {
		s.identities = new(policy.IdentityStore)
		s.services = append(s.services, &service{source: s, exchange: npds.NewHostExchange(config, s.identities)})
	}
	if h, _ := s.readHead(); h.Term != 0 {
		s.follow(h)
	}
	return s
}

// leaveSource ends the use of a source.
func (p *plugin) leaveSource() {
	s := p.source
	if s == nil {
		return
	}
	p.source = nil
	if len(s.plugins) == 1 {
		s.entries.abandon(p)
		s.stop()
		delete(sources, s.key)
		return
	}
	s.plugins = slices.DeleteFunc(s.plugins, func(other *plugin) bool { return other == p })
	for _, v := range s.services {
		v.abandon(p)
	}
	s.entries.abandon(p)
}

// tick is called at intervals, for a plugin that drives the source.
func (s *source) tick() {
	h, version := s.readHead()
	if s.leads && h.Term != s.term {
		s.resign()
	}
	switch {
	case s.leads:
		for _, v := range s.services {
			v.tick()
		}
		s.lead()
	case h.Term != s.seen.Term || h.Beat != s.seen.Beat:
		s.seenAt = time.Now()
		s.follow(h)
	case version == absent || time.Since(s.seenAt) > leaderSilence:
		s.takeOver(h, version)
	default:
		s.follow(h)
	}
	if s.entries != nil {
		s.entries.tick()
	}
	trim()
}

// follow puts in force what the leader has shared.
func (s *source) follow(h head) {
	s.seen = h
	for i, v := range s.services {
		if v.term == h.Term && v.generation >= h.Generations[i] || h.Generations[i] == 0 {
			continue
		}
		value, _, ok := sharedData(s.keyOf(h.Term, i))
		if !ok || len(value) < generationLength || binary.LittleEndian.Uint64(value) < h.Generations[i] {
			// There is another leader meanwhile.
			continue
		}
		generation := binary.LittleEndian.Uint64(value)
		if err := v.exchange.Restore(value[generationLength:]); err != nil {
			s.log.WithError(err).Error("what another thread has shared cannot be put in force as a whole")
		}
		v.term, v.generation = h.Term, generation
	}
}

// generationLength is the length of the number that precedes what is shared.
const generationLength = 8

func (s *source) keyOf(term uint64, service int) string {
	return fmt.Sprintf("%s/%016x/%d", s.key, term, service)
}

// takeOver makes this virtual machine the leader, unless another one is faster.
func (s *source) takeOver(before head, version uint32) {
	s.term = rand.Uint64() | 1
	h := head{Term: s.term}
	for i, v := range s.services {
		h.Generations[i] = v.generation
		v.share(i)
	}
	if !setSharedData(s.key, h.encode(), version) {
		s.empty(s.term)
		return
	}
	s.empty(before.Term)
	s.leads, s.seen, s.seenAt = true, h, time.Now()
	for _, v := range s.services {
		v.begin()
		v.tick()
	}
}

// empty releases what a leader has shared. Shared data cannot be removed.
func (s *source) empty(term uint64) {
	for i := range s.services {
		if term != 0 {
			setSharedData(s.keyOf(term, i), nil, 0)
		}
	}
}

// lead says that this virtual machine leads still, and which versions it has shared. It resigns if another one leads.
func (s *source) lead() {
	now, version := s.readHead()
	h := head{Term: s.term, Beat: now.Beat + 1, Connected: true}
	for i, v := range s.services {
		h.Generations[i] = v.generation
		h.Connected = h.Connected && v.exchange.Answered()
	}
	if now.Term != s.term || !setSharedData(s.key, h.encode(), version) {
		s.resign()
		return
	}
	s.seen, s.seenAt = h, time.Now()
	s.report()
}

// resign leaves the lead to another virtual machine, which has it.
func (s *source) resign() {
	s.stop()
	s.empty(s.term)
}

// stop ends the lead. What is shared stays.
func (s *source) stop() {
	s.leads, s.seenAt = false, time.Now()
	for _, v := range s.services {
		v.end()
	}
	s.report()
}

// shown is what Envoy shows of a source that this virtual machine leads.
type shown struct {
	led, connected, refused int64
	updates, refusals       uint64
	lastUpdate              time.Time
}

// connected reports whether the server has sent something to this virtual machine, or to the leader that it follows.
func (s *source) connected() bool { return s.seen.Connected && time.Since(s.seenAt) <= leaderSilence }

// report brings the metrics of policies up to date. The leader does it for all.
func (s *source) report() {
	now := shown{lastUpdate: s.services[0].exchange.Status().LastUpdate}
	for _, v := range s.services {
		status := v.exchange.Status()
		now.updates += status.Updates
		now.refusals += status.Refusals
		if s.leads {
			now.refused += int64(status.RefusedResources)
		}
	}
	if s.leads {
		now.led = 1
		if s.connected() {
			now.connected = 1
		}
	}
	if now == s.reported {
		return
	}
	m := &s.plugins[0].metrics
	m.gauges[gaugePolicySources].add(now.led - s.reported.led)
	m.gauges[gaugePolicySourcesConnected].add(now.connected - s.reported.connected)
	m.gauges[gaugePolicyResourcesRefused].add(now.refused - s.reported.refused)
	m.totals[totalPolicyUpdates].add(int64(now.updates - s.reported.updates))
	m.totals[totalPolicyUpdatesRefused].add(int64(now.refusals - s.reported.refusals))
	if s.leads && !now.lastUpdate.IsZero() {
		m.gauges[gaugePolicyLastUpdate].record(uint64(now.lastUpdate.Unix()))
	}
	s.reported = now
}
