// Package metrics checks what is made of metrics: their documentation, the dashboard for Grafana and the alert rules, by
// Prometheus' own parsers, and by a Prometheus that scrapes and evaluates.
package metrics
