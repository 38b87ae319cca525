package workflows

import (
	"fmt"
	"strings"
	"time"

	"holdfast/internal/backup"
)

// countsTable is a backup's counts in Markdown, for the Web UI.
func countsTable(p backup.Product, c backup.Counts) string {
	var t strings.Builder
	t.WriteString("| captured | |\n|---|---:|\n")
	row := func(name string, value any) { fmt.Fprintf(&t, "| %s | %v |\n", name, value) }
	row(p.Containers(), c.Containers)
	row(p.Items(), c.Items)
	row("records", c.Records)
	row("attachments", c.Attachments)
	row("of them copied from earlier backups", c.AttachmentsReused)
	row("bytes of attachments", c.AttachmentBytes)
	row("bytes of records", c.RawBytes)
	row("bytes stored", c.StoredBytes)
	row("gone", c.Gone)
	row("missing", c.Missing)
	return t.String()
}

// choicesTable is what a policy's backups hold, in Markdown, for the Web UI.
func choicesTable(p backup.Policy) string {
	var t strings.Builder
	t.WriteString("| option | |\n|---|---|\n")
	for _, c := range p.Options.Choices(p.Product) {
		fmt.Fprintf(&t, "| %s | %s |\n", c.Name, cell(c.Value))
	}
	return t.String()
}

// when is a time for people, empty where there is none.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// cell makes text fit for a cell of a Markdown table.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ").Replace(s)
}
