package archive

import (
	"fmt"
	"strings"
	"time"

	"holdfast/internal/backup"
)

// readmeTime is how README.txt writes a moment.
const readmeTime = "2 January 2006, 15:04 UTC"

// packageReadme is README.txt, which depends on its arguments alone.
func packageReadme(m *Manifest, about PackageAbout) []byte {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	at := func(t time.Time) string { return t.UTC().Format(readmeTime) }
	c := m.Counts

	say("This is a backup of %s at %s, made by holdfast.", productName(m.Product), m.Site)
	say("")
	say("  backup       %s", m.Backup)
	say("  status       %s", about.Status)
	say("  content of   %s", at(m.StartedAt))
	say("  until        %s", at(m.SealedAt))
	say("  can be restored by holdfast before %s", at(m.FileUntil()))
	say("  holds        %d %s, %d %s, %d records, %d attachments of %d bytes",
		c.Containers, containersOf(m.Product), c.Items, itemsOf(m.Product), c.Records, c.Attachments, c.AttachmentBytes)
	if !m.Options.Attachments {
		say("               without the bytes of attachments, which the policy leaves out")
	}
	say("  gone         %d: deleted or hidden while the backup was made", c.Gone)
	say("  missing      %d", c.Missing)
	if about.Status != backup.Complete {
		say("")
		say("THIS BACKUP IS %s: %s", about.Status, oneLine(about.Reason))
		say("What is missing is listed in %s, by this command:", ReportName)
		say("")
		say(`  jq -r '.items[] | [.outcome, .kind, .id, .container, .reason] | @tsv' %s`, ReportName)
	}
	say(`
How to open it
--------------
Everything in it can be read with standard tools: unzip, sha256sum, zstd and jq.

Unpack it. In a terminal whose language is not UTF-8, unzip needs to be told:

  LC_ALL=C.UTF-8 unzip %s

Where holdfast is installed, it checks the file itself, without unpacking it:

  holdfast verify FILE

Is every file what was written? In the folder with the unpacked files:

  sha256sum --quiet --strict -c %s

Is every compressed file whole?

  find . -name '*.zst' -print0 | xargs -0 -r zstd -t -q

Print all records, one on each line:

  jq -r '.segments[].object' manifest.json | while read -r f; do zstd -dcq "$f"; done

Which file is which attachment?

  jq -r '.indexes[].object' manifest.json | while read -r f; do zstd -dcq "$f"; done |
    jq -r '[.id, .size, (.itemKey // .item), .name] | @tsv'

What is in it
-------------
  %-14s what the backup consists of
  %-14s what is in the backup, and what is not and why
  %-14s the settings of the site
  %-14s the %s
  %-14s what is known of each attachment
  %-14s the attachments: <item>/<id>-<name>, with the version after the id
                 where there are versions. Characters that not every system
                 allows in names are "_"; an index has the true name
  %-14s the SHA-256 of every file but itself

The files that end in .zst hold one JSON record on each line. docs/format.md of
holdfast describes all of them, enough to write a program that reads them.`,
		"FILE", SumsName, ManifestName, ReportName, siteDir, containerDir(m.Product), containersOf(m.Product), indexDir, attachmentDir, SumsName)
	return []byte(b.String())
}

// oneLine is a reason as one line of text.
func oneLine(s string) string {
	if s = strings.Join(strings.Fields(s), " "); s == "" {
		return "see " + ReportName
	}
	return s
}

func productName(p backup.Product) string {
	switch p {
	case backup.Jira:
		return "Jira"
	case backup.Confluence:
		return "Confluence"
	}
	return string(p)
}

func containersOf(p backup.Product) string {
	if p == backup.Confluence {
		return "spaces"
	}
	return "projects"
}

func itemsOf(p backup.Product) string {
	if p == backup.Confluence {
		return "pages and blog posts"
	}
	return "issues"
}

func containerDir(p backup.Product) string {
	if p == backup.Confluence {
		return spacesDir
	}
	return projectsDir
}
