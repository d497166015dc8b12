package memcache

import "github.com/proxylib/proxylib/proxylib"

var _ proxylib.Prompter = (*parser)(nil)

// Prompt implements [proxylib.Prompter]: it asks for the version, which every server says. After a run of quiet requests, to
// which no reply may come, the fence does.
func (p *parser) Prompt() (proxylib.OpType, int) {
	switch {
	case p.mode == modePassEnd:
		return proxylib.MORE, 1
	case p.mode == modeQuit, p.mode == modeWatch, p.protocol == undecided:
		return proxylib.NOP, 0
	case p.afterRun():
		return p.sendFence()
	case !p.replies.Empty():
		return proxylib.NOP, 0
	}
	return p.send(&probes[p.protocol], prompting)
}
