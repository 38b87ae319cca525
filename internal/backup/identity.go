package backup

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// cloudHost is the domain under which Atlassian serves the sites of its Cloud.
const cloudHost = ".atlassian.net"

// stampLayout is the time in a backup's id: sortable, and safe in file names.
const stampLayout = "20060102T150405Z"

// maxSubdomain keeps ids short enough for workflow ids and names in the store.
const maxSubdomain = 100

// PolicyID is the id of the policy of one product of one site (P1):
// "<product>-<subdomain>", such as "jira-acme" for https://acme.atlassian.net.
// Of a host that is not Atlassian's the whole name and port count, with "-" in
// place of what is neither letter nor digit: "jira-127-0-0-1-8080". An unknown
// product or an address without a host is an error.
func PolicyID(product Product, site string) (string, error) {
	if err := validProduct(product); err != nil {
		return "", err
	}
	u, err := parseSite(site)
	if err != nil {
		return "", err
	}
	host := strings.ToLower(u.Host)
	if name, ok := strings.CutSuffix(host, cloudHost); ok {
		host = name
	}
	sub := slug(host)
	if sub == "" || len(sub) > maxSubdomain {
		return "", fmt.Errorf("site %q has no usable host name: give an address such as https://acme.atlassian.net", site)
	}
	return string(product) + "-" + sub, nil
}

// ParsePolicyID splits a policy's id into product and subdomain.
func ParsePolicyID(id string) (Product, string, error) {
	name, sub, _ := strings.Cut(id, "-")
	if sub == "" || sub != slug(sub) || len(sub) > maxSubdomain || validProduct(Product(name)) != nil {
		return "", "", fmt.Errorf("%q is not the id of a policy: it looks like jira-acme", id)
	}
	return Product(name), sub, nil
}

// NewBackupID is the id of the policy's backup that starts at start, to the
// second: "jira-acme.20261123T021658Z". It is unique within the policy as long
// as no two start within one second.
func NewBackupID(policyID string, start time.Time) string {
	return policyID + "." + start.UTC().Format(stampLayout)
}

// ParseBackupID splits a backup's id into its policy's id and its start.
func ParseBackupID(id string) (policyID string, start time.Time, err error) {
	policyID, at, _ := strings.Cut(id, ".")
	start, err = time.Parse(stampLayout, at)
	if err == nil {
		_, _, err = ParsePolicyID(policyID)
	}
	if err != nil || NewBackupID(policyID, start) != id {
		return "", time.Time{}, fmt.Errorf("%q is not the id of a backup: it looks like jira-acme.20261123T021658Z", id)
	}
	return policyID, start, nil
}

// slug lowers s and puts one "-" in place of each run of what is neither an
// ASCII letter nor a digit, none at the ends.
func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.TrimSuffix(b.String(), "-")
}

func validProduct(p Product) error {
	if p != Jira && p != Confluence {
		return fmt.Errorf("product %q is not known: take jira or confluence", p)
	}
	return nil
}

func parseSite(site string) (*url.URL, error) {
	u, err := url.Parse(site)
	switch {
	case err != nil, u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		// The error of url.Parse quotes the address: it may hold a password.
		return nil, fmt.Errorf("the site's address is not one: give an address such as https://acme.atlassian.net")
	case u.User != nil, u.RawQuery != "", u.Fragment != "", strings.Trim(u.Path, "/") != "":
		return nil, fmt.Errorf("the address of site %s holds more than scheme and host: give an address such as https://acme.atlassian.net", u.Host)
	case u.Hostname() == "api.atlassian.com":
		return nil, fmt.Errorf("api.atlassian.com is Atlassian's gateway, not a site: give the site's own address, such as https://acme.atlassian.net")
	}
	return u, nil
}
