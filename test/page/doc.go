// Package page looks at the web page of `proxylib serve` with a browser, as people do: at widths of phone and desktop, in dark and
// light, with keyboard and accessibility tree.
package page
