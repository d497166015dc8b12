package cnp

import (
	"cmp"
	"slices"
	"strings"

	"github.com/proxylib/proxylib/policy/identity"
)

// namespaceLabels begins labels of namespaces, which are not known here.
const namespaceLabels = "io.cilium.k8s.namespace.labels"

// decodeSelector decodes a selector of endpoints. Its requirements are in an order of their own, so that equal
// selectors are equal texts.
func decodeSelector(v value) (identity.Selector, error) {
	var selector identity.Selector
	add := func(v value, r identity.Requirement) error {
		r.Label = identity.LabelName(r.Label)
		if strings.HasPrefix(r.Label, namespaceLabels) {
			return v.errorf("labels of namespaces are not known here, use %s", identity.NamespaceLabel)
		}
		if strings.HasPrefix(r.Label, identity.ReservedPrefix) {
			return v.errorf("%s cannot be selected by its label, use fromEntities or toEntities", r.Label)
		}
		slices.Sort(r.Values)
		selector = append(selector, r)
		return v.wrap(r.Check())
	}
	err := v.object(fields{
		// labels with the value that each has to have
		"matchLabels": func(v value) error {
			return v.each(func(key string, item value) error {
				text, err := item.text()
				if err != nil {
					return err
				}
				return add(item, identity.Requirement{Label: key, Operator: identity.In, Values: []string{text}})
			})
		},
		// conditions on labels, which all have to hold
		"matchExpressions": func(v value) error {
			return v.list(func(item value) error {
				r, operator := identity.Requirement{}, ""
				err := item.object(fields{
					// of an entry of matchExpressions: the label
					"key": into(&r.Label),
					// In, NotIn, Exists or DoesNotExist
					"operator": into(&operator),
					// the values, for In and NotIn
					"values": texts(&r.Values),
				})
				if err != nil {
					return err
				}
				r.Operator = identity.Operator(operator)
				return add(item, r)
			})
		},
	})
	slices.SortFunc(selector, func(a, b identity.Requirement) int { return cmp.Compare(a.String(), b.String()) })
	return selector, err
}
