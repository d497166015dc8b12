// Package page has the web page of the policy server: plain HTML, CSS and JavaScript, which are part of the program and
// load nothing from elsewhere. What the page shows it reads from the API, as whoever looks at it.
package page
