package identity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Operator is what a requirement says about a label.
type Operator string

// The operators. NotIn holds also where the label is missing.
const (
	In           Operator = "In"
	NotIn        Operator = "NotIn"
	Exists       Operator = "Exists"
	DoesNotExist Operator = "DoesNotExist"
)

// Requirement is one condition on one label.
type Requirement struct {
	Label    string
	Operator Operator
	// Values belong to In and NotIn alone.
	Values []string
}

// Check returns what is wrong with a requirement; nil if nothing is.
func (r Requirement) Check() error {
	if r.Label == "" {
		return errors.New("the name of a label is empty")
	}
	switch r.Operator {
	case In, NotIn:
		if len(r.Values) == 0 {
			return fmt.Errorf("operator %s needs values", r.Operator)
		}
	case Exists, DoesNotExist:
		if len(r.Values) > 0 {
			return fmt.Errorf("operator %s has no values", r.Operator)
		}
	default:
		return fmt.Errorf("operator %q is unknown, want In, NotIn, Exists or DoesNotExist", r.Operator)
	}
	return nil
}

// Matches reports whether labels meet the requirement.
func (r Requirement) Matches(l Labels) bool {
	value, present := l[r.Label]
	switch r.Operator {
	case In:
		return present && slices.Contains(r.Values, value)
	case NotIn:
		return !present || !slices.Contains(r.Values, value)
	case Exists:
		return present
	case DoesNotExist:
		return !present
	}
	return false
}

func (r Requirement) String() string {
	values := make([]string, len(r.Values))
	for i, value := range r.Values {
		values[i] = quote(value)
	}
	switch {
	case r.Operator == In && len(values) == 1:
		return quote(r.Label) + "=" + values[0]
	case len(values) == 0:
		return quote(r.Label) + " " + string(r.Operator)
	}
	return quote(r.Label) + " " + string(r.Operator) + " (" + strings.Join(values, ",") + ")"
}

// Selector selects labels that meet every requirement; without any it selects all.
type Selector []Requirement

// Matches reports whether the selector selects the labels.
func (s Selector) Matches(l Labels) bool {
	for _, r := range s {
		if !r.Matches(l) {
			return false
		}
	}
	return true
}

// Names reports whether a requirement is about the label.
func (s Selector) Names(label string) bool {
	return slices.ContainsFunc(s, func(r Requirement) bool { return r.Label == label })
}

// Demands reports whether the selector selects only labels that have this one.
func (s Selector) Demands(label string) bool {
	return slices.ContainsFunc(s, func(r Requirement) bool {
		return r.Label == label && (r.Operator == In || r.Operator == Exists)
	})
}

// String is the same for selectors with the same requirements in the same order.
func (s Selector) String() string {
	if len(s) == 0 {
		return "all"
	}
	parts := make([]string, len(s))
	for i, r := range s {
		parts[i] = r.String()
	}
	return strings.Join(parts, ", ")
}
