// Package jira knows what a Jira site consists of and how to read all of it.
package jira

import (
	"holdfast/internal/atlassian"
)

// Jira reads one Jira site. It implements atlassian.Product.
type Jira struct {
	atlassian.Product
	client *atlassian.Client
}

// New returns a Jira that reads the client's site.
func New(client *atlassian.Client) *Jira { return &Jira{client: client} }
