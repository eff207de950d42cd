"""The UI as page objects: the only place that knows locators.

Locators are attributes, verbs act, `expect_*` methods wait. `open` goes to the page by its
address; a verb that leads to another page returns that page.
"""
