package proxylib

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// DecodeConfig decodes a JSON object into a struct with JSON tags. Fields that the struct does not have, fields that are
// given twice, and anything after the object are refused.
func DecodeConfig(config []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(config))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is more after the JSON object")
	}
	return refuseRepeated(json.NewDecoder(bytes.NewReader(config)))
}

// OneOf returns an error if a field of a configuration has another value than one of these words, or none, which is as if it
// were left out.
func OneOf(field, value string, words ...string) error {
	if value == "" || slices.Contains(words, value) {
		return nil
	}
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = strconv.Quote(word)
	}
	return fmt.Errorf("%s: %q is unknown: give %s, or leave it out", field, value, either(quoted))
}

// refuseRepeated reads one JSON value and refuses objects that name a field twice. encoding/json takes the last one,
// and takes names for equal that differ in case alone.
func refuseRepeated(d *json.Decoder) error {
	open, err := d.Token()
	if err != nil {
		return err
	}
	delim, ok := open.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if delim == '{' {
			key, err := d.Token()
			if err != nil {
				return err
			}
			name := strings.ToLower(key.(string))
			if seen[name] {
				return fmt.Errorf("field %q is given twice", key)
			}
			seen[name] = true
		}
		if err := refuseRepeated(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}
