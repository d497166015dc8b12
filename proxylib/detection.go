package proxylib

// Detection is what the first bytes of a connection say of its protocol; see [Protocol.Detect].
type Detection uint8

const (
	// DetectionMore says that the bytes may be of the protocol, and that more of them will tell.
	DetectionMore Detection = iota
	// DetectionNo says that the bytes are not of the protocol.
	DetectionNo
	// DetectionYes says that the bytes are of the protocol, and of no other that is commonly spoken.
	DetectionYes
)

// Detected returns DetectionYes if yes holds, else DetectionNo.
func Detected(yes bool) Detection {
	if yes {
		return DetectionYes
	}
	return DetectionNo
}
