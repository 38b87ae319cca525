package main

import (
	"fmt"
	"io"
	"strings"

	"holdfast/activities"
	"holdfast/internal/archive"
	"holdfast/internal/atlassian"
)

// readable reports whether an account may read all that holdfast would.
func readable(s activities.SiteAccess) bool {
	if !s.Administer || s.UnreadableCount > 0 {
		return false
	}
	for _, k := range s.Kinds {
		if lacking(k) {
			return false
		}
	}
	return true
}

// lacking reports whether more permissions, or another site, would give more of a kind.
func lacking(k atlassian.KindAccess) bool {
	return k.State == string(archive.NoAccess) || k.State == string(archive.Partly)
}

// table shows what was found.
func (s siteChecked) table(w io.Writer) {
	row(w, "site", s.Site+" (cloud id "+s.CloudID+")")
	row(w, "account", s.AccountID+" (time zone "+cell(s.TimeZone)+", credential "+s.Credential+")")
	administer := "yes"
	if !s.Administer {
		administer = "no: what only administrators see is not captured, and " + s.Product.Containers() + " that the account can't see are not noticed"
	}
	row(w, "administrator", administer)
	row(w, s.Product.Containers(), sight(s.Product, s.Containers, s.Items))
	if s.UnreadableCount > 0 {
		row(w, "not readable", unreadable(s.SiteAccess)+": backups stay INCOMPLETE until the account may browse them or the policy excludes them")
	}
	fmt.Fprintln(w)
	row(w, "DATA", "ACCESS", "NEEDS", "WHAT THAT MEANS")
	lacks := 0
	for _, k := range s.Kinds {
		access, needs, means := k.State, "", k.Note
		switch {
		case k.State == string(archive.Captured):
			access = "readable"
		case lacking(k):
			lacks++
			needs, means = needed(k), cost(k)
		}
		row(w, k.Title, access, needs, means)
	}
	fmt.Fprintln(w)
	if s.Readable {
		row(w, "The account may read all that holdfast captures.")
		return
	}
	row(w, fmt.Sprintf("The account lacks something: %s of %s kinds of data can't be read whole.", count(lacks), count(len(s.Kinds))))
}

// needed is what would make a kind readable.
func needed(k atlassian.KindAccess) string {
	var all []string
	if k.Permission != "" {
		all = append(all, k.Permission)
	}
	if k.Scope != "" {
		all = append(all, "scope "+k.Scope)
	}
	return strings.Join(all, "; ")
}

// cost is what it means that a kind can't be read.
func cost(k atlassian.KindAccess) string {
	means := "a line of the report"
	if k.Content {
		means = "backups stay INCOMPLETE"
	}
	if k.Note != "" {
		means += " (" + k.Note + ")"
	}
	return means
}

// unreadable names the containers that can't be read.
func unreadable(s activities.SiteAccess) string {
	text := strings.Join(s.Unreadable, ", ")
	if more := s.UnreadableCount - len(s.Unreadable); more > 0 {
		text += fmt.Sprintf(" and %s more", count(more))
	}
	return text
}
