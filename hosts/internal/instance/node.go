package instance

import "fmt"

// defaultNodeID returns the node id of an instance whose configuration names none. Cilium's agent takes only ids of four
// parts, of which the second is an IP address, and counts the acceptance of policies by that address: it is not that of
// the agent's own Envoy, 127.0.0.1.
func defaultNodeID(instance uint64) string {
	return fmt.Sprintf("host~127.0.0.2~libproxylib-%d~localdomain", instance)
}
