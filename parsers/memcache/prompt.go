package memcache

import "github.com/proxylib/proxylib/proxylib"

var _ proxylib.Prompter = (*parser)(nil)

// owedPrompt and owedPromptFrame are as those of a probe. What the replies say is not looked at.
var (
	owedPrompt      = owed{name: uint8(versionID), shape: oneLine, purpose: prompting}
	owedPromptFrame = owed{name: owedProbeFrame.name, opaque: owedProbeFrame.opaque, purpose: prompting}
)

// Prompt implements [proxylib.Prompter]: it asks for the version, which every server says. After a run of quiet requests, to
// which no reply may come, the fence does.
func (p *parser) Prompt() (proxylib.OpType, int) {
	switch {
	case p.mode == modePassEnd:
		return proxylib.MORE, 1
	case p.mode == modeQuit, p.mode == modeWatch, p.protocol == undecided:
		return proxylib.NOP, 0
	case p.afterRun():
		return p.sendFence(p.fence())
	case p.protocol == binaryProtocol:
		return p.replies.Prompt(p.connection, owedPromptFrame, probeFrame)
	}
	return p.replies.Prompt(p.connection, owedPrompt, probe)
}
