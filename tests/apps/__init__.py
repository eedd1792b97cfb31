"""Small applications that the end-to-end tests run under real web servers."""
