package filterconfig

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// WholeNumber is a whole number of a filter_config. It may be written as a text of decimal digits: in that form Envoy
// hands over the numbers of its YAML that need more than 31 bits.
type WholeNumber int64

// maxExact is the largest number up to which a float64 holds every whole number.
const maxExact = 1 << 53

// UnmarshalJSON implements [json.Unmarshaler].
func (n *WholeNumber) UnmarshalJSON(text []byte) error {
	digits, err := strconv.Unquote(string(text))
	quoted := err == nil
	if !quoted {
		digits = string(text)
	}
	if value, err := strconv.ParseInt(digits, 10, 64); err == nil && !strings.HasPrefix(digits, "+") {
		*n = WholeNumber(value)
		return nil
	}
	// Protobuf writes large numbers of a Struct with an exponent.
	if value, err := strconv.ParseFloat(digits, 64); err == nil && !quoted && value == math.Trunc(value) && math.Abs(value) <= maxExact {
		*n = WholeNumber(value)
		return nil
	}
	if digits == "null" && !quoted {
		return nil
	}
	return &json.UnmarshalTypeError{Value: string(text), Type: reflect.TypeFor[WholeNumber]()}
}
