package reference

import (
	"cmp"
	"fmt"
	"go/ast"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// setting is a key of a JSON object that is decoded into a struct.
type setting struct {
	// path leads to it from the outermost object; [] stands for the items of a list.
	path                    string
	form, fallback, meaning string
}

// settings returns the keys that a struct is decoded from, and those of the structs in it. Their meaning is the comment of
// the field, their default the tag "default" of it.
func (f *folder) settings(name, path string) (list []setting, err error) {
	declared := f.structOf(name)
	if declared == nil {
		return nil, fmt.Errorf("%s: there is no struct %s", f.dir, name)
	}
	keys := map[string]string{}
	for _, field := range declared.Fields.List {
		for _, id := range field.Names {
			keys[id.Name] = keyOf(field)
		}
	}
	var shared *ast.Field
	for _, field := range declared.Fields.List {
		if field.Doc != nil {
			shared = field
		}
		found, err := f.setting(field, shared, path, keys)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", f.dir, name, err)
		}
		list = append(list, found...)
	}
	return list, nil
}

func tagOf(field *ast.Field, key string) string {
	if field.Tag == nil {
		return ""
	}
	text, _ := textOf(field.Tag)
	return reflect.StructTag(text).Get(key)
}

// keyOf returns the key of a field in JSON.
func keyOf(field *ast.Field) string {
	key, _, _ := strings.Cut(tagOf(field, "json"), ",")
	return key
}

// setting returns the settings of a field. One without a comment shares that of a field before it, which has to name it.
func (f *folder) setting(field, shared *ast.Field, path string, keys map[string]string) ([]setting, error) {
	if len(field.Names) == 0 {
		inner, name, err := f.named(field.Type)
		if err != nil {
			return nil, err
		}
		return inner.settings(name, path)
	}
	name := field.Names[0].Name
	key := keys[name]
	if key == "-" || !field.Names[0].IsExported() {
		return nil, nil
	}
	if key == "" || shared == nil || shared != field && !slices.Contains(identifier.FindAllString(shared.Doc.Text(), -1), name) {
		return nil, fmt.Errorf("field %s has no JSON tag, or no comment says what it means", name)
	}
	s := setting{path: joined(path, key), form: formOf(field.Type), fallback: tagOf(field, "default")}
	if s.meaning = prose(byKeys(sentence(shared.Doc.Text()), name, keys)); shared != field {
		s.meaning = "see " + code(keys[shared.Names[0].Name])
	}
	return f.within(s, field.Type)
}

// within returns a setting, and after it those that its value has.
func (f *folder) within(s setting, of ast.Expr) ([]setting, error) {
	at := s.path
	switch x := of.(type) {
	case *ast.StarExpr:
		return f.within(s, x.X)
	case *ast.ArrayType:
		of, at = x.Elt, at+"[]"
	case *ast.MapType:
		of, at = x.Value, at+".NAME"
	case *ast.Ident:
		if list := f.listOf(x.Name); list != nil {
			of, at = list.Elt, at+"[]"
		}
	}
	inner, name, err := f.named(of)
	if err != nil || inner.structOf(name) == nil {
		return []setting{s}, nil
	}
	switch at {
	case s.path:
		s.form = "object"
	case s.path + "[]":
		s.form = "list of objects"
	default:
		s.form = "object of objects"
	}
	list, err := inner.settings(name, at)
	return append([]setting{s}, list...), err
}

// named returns the package of a type, and its name there.
func (f *folder) named(of ast.Expr) (*folder, string, error) {
	switch x := of.(type) {
	case *ast.Ident:
		if meant := f.aliasOf(x.Name); meant != nil {
			return f.named(meant)
		}
		return f, x.Name, nil
	case *ast.StarExpr:
		return f.named(x.X)
	case *ast.SelectorExpr:
		if pkg, is := x.X.(*ast.Ident); is {
			inner, err := f.imported(pkg.Name)
			return inner, x.Sel.Name, err
		}
	}
	return nil, "", fmt.Errorf("%s: %T has no name", f.dir, of)
}

func joined(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// forms are how values are written, by their types.
var forms = map[string]string{
	"string": "text", "bool": "true or false", "uint16": "number to 65535", "uint32": "number", "uint64": "number", "int": "number",
	"WholeNumber": "number", "OnError": "text", "Mode": "text", "Redaction": "text", "RawMessage": "JSON",
}

func formOf(of ast.Expr) string {
	switch x := of.(type) {
	case *ast.Ident:
		return forms[x.Name]
	case *ast.SelectorExpr:
		return forms[x.Sel.Name]
	case *ast.StarExpr:
		return formOf(x.X)
	case *ast.ArrayType:
		return "list of " + formOf(x.Elt) + "s"
	case *ast.MapType:
		return "object of " + formOf(x.Value) + "s"
	}
	return ""
}

var identifier = regexp.MustCompile(`\b[A-Z][A-Za-z]*\b`)

// properNames are names of fields that comments also use for something else.
var properNames = []string{"Envoy", "TLS"}

// byKeys replaces names of fields in a comment by their keys. At the front, "Name is" says no more than the key beside it.
func byKeys(text, name string, keys map[string]string) string {
	for _, verb := range []string{" is ", " are ", ": "} {
		text = strings.TrimPrefix(text, name+verb)
	}
	return identifier.ReplaceAllStringFunc(text, func(word string) string {
		if key := keys[word]; key != "" && key != "-" && !slices.Contains(properNames, word) {
			return "`" + key + "`"
		}
		return word
	})
}

// literal reports whether a default is a value, and not a description.
var literal = regexp.MustCompile(`^[a-z0-9.]+$`)

func (s *setting) row() []string {
	fallback := cell(cmp.Or(s.fallback, "none"))
	if fallback != "none" && fallback != "required" && literal.MatchString(s.fallback) {
		fallback = code(s.fallback)
	}
	return []string{code(s.path), s.form, fallback, s.meaning}
}

// settingsTable writes a table of settings.
func settingsTable(b *strings.Builder, list []setting) {
	var rows [][]string
	for _, s := range list {
		rows = append(rows, s.row())
	}
	table(b, []string{"key", "value", "default", "meaning"}, rows)
}
