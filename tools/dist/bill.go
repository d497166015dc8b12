package main

import (
	"bytes"
	"cmp"
	"debug/buildinfo"
	"slices"
	"strings"

	"github.com/CycloneDX/cyclonedx-go"
)

// dependency is a module that is built in. It can be compared.
type dependency struct{ path, version, sum string }

// dependencies lists the modules that Go says are built into files, sorted, with Go's own standard library.
func dependencies(paths []string) ([]dependency, error) {
	var list []dependency
	for _, path := range paths {
		info, err := buildinfo.ReadFile(path)
		if err != nil {
			return nil, err
		}
		list = append(list, dependency{path: "std", version: strings.TrimPrefix(info.GoVersion, "go")})
		for _, d := range info.Deps {
			if d.Replace != nil {
				d = d.Replace
			}
			list = append(list, dependency{d.Path, d.Version, d.Sum})
		}
	}
	slices.SortFunc(list, func(a, b dependency) int {
		return cmp.Or(cmp.Compare(a.path, b.path), cmp.Compare(a.version, b.version))
	})
	return slices.Compact(list), nil
}

// allPaths are the paths of all that was compiled.
func allPaths(builds []build) (paths []string) {
	for _, b := range builds {
		paths = append(paths, b.paths...)
	}
	return paths
}

// bill is the bill of materials, in CycloneDX's form: https://cyclonedx.org/docs/1.5/json/.
func (r *release) bill(builds []build) ([]byte, error) {
	list, err := dependencies(allPaths(builds))
	if err != nil {
		return nil, err
	}
	bom := cyclonedx.NewBOM()
	bom.Metadata = &cyclonedx.Metadata{
		Timestamp: r.time.Format("2006-01-02T15:04:05Z"),
		Component: &cyclonedx.Component{
			BOMRef: packageURL(homepage[len("https://"):], "v"+r.version), Type: cyclonedx.ComponentTypeLibrary, Name: name,
			Version: "v" + r.version, PackageURL: packageURL(homepage[len("https://"):], "v"+r.version),
			Licenses:   &cyclonedx.Licenses{{License: &cyclonedx.License{ID: license}}},
			Properties: &[]cyclonedx.Property{{Name: "commit", Value: r.commit}},
		},
	}
	components := []cyclonedx.Component{}
	for _, d := range list {
		c := cyclonedx.Component{
			BOMRef: packageURL(d.path, d.version), Type: cyclonedx.ComponentTypeLibrary, Name: d.path, Version: d.version,
			PackageURL: packageURL(d.path, d.version),
		}
		if d.sum != "" {
			// Go's own hash of a module's files, which go.sum has too. It is not a hash of a file.
			c.Properties = &[]cyclonedx.Property{{Name: "go:sum", Value: d.sum}}
		}
		components = append(components, c)
	}
	bom.Components = &components
	var out bytes.Buffer
	err = cyclonedx.NewBOMEncoder(&out, cyclonedx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).
		EncodeVersion(bom, cyclonedx.SpecVersion1_5)
	return out.Bytes(), err
}

// packageURL names a Go module: https://github.com/package-url/purl-spec.
func packageURL(path, version string) string { return "pkg:golang/" + path + "@" + version }
