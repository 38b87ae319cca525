package main

import (
	"encoding/json"

	"holdfast/internal/samplesite"
	"holdfast/internal/samplesite/content"
	"holdfast/internal/samplesite/rawjson"
)

// emptySite makes a site with the configuration and the accounts of another one, and
// nothing else: a destination to restore into. Its ids of configuration are others, as
// those of any other site.
func emptySite(of *samplesite.Site) (*samplesite.Site, error) {
	return samplesite.New(samplesite.Config{Seed: samplesite.Seed{Renumber: true, Records: func(yield func(content.SeedRecord, error) bool) {
		truth := of.Truth()
		// Jira gives its fields beside its lists.
		for _, field := range truth.Fields() {
			if !yield(content.SeedRecord{Kind: "field", ID: fieldID(field), Body: field}, nil) {
				return
			}
		}
		for _, kind := range truth.Kinds() {
			for r := range truth.Records(kind) {
				if r.Project == "" && !yield(content.SeedRecord{Kind: kind, ID: r.ID, Parent: r.Parent, Body: r.Body}, nil) {
					return
				}
			}
		}
		for _, kind := range truth.WikiKinds() {
			for r := range truth.WikiRecords(kind) {
				if r.Project == "" && !yield(content.SeedRecord{Kind: kind, ID: r.ID, Parent: r.Parent, Body: r.Body}, nil) {
					return
				}
			}
		}
	}}})
}

// fieldID is the id of a field of Jira.
func fieldID(field rawjson.Raw) string {
	var f struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(field, &f) // the site itself has made it
	return f.ID
}
