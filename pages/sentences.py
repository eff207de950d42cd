"""What the product says, in more than one place."""

WRONG_CREDENTIALS = "E-mail or password is wrong."
SESSION_ENDED = "Your session has ended. Please log in again."
UNREACHABLE = "We cannot reach the server. Check your connection and try again."
SERVICE_UNAVAILABLE = "This service is not available right now. Please try again in a moment."
ASSISTANT_UNREACHABLE = "The assistant cannot be reached just now. Please try again."
ASSISTANT_UNABLE = "The assistant could not answer this. Please try again."
GOOGLE_DENIED = "You have not allowed the login with Google. Nothing was changed."
GOOGLE_FAILED = "The login with Google did not work. Please try again."
NOT_STARTED_HERE = (
    "This login with Google was not started in this browser, or is too old. Please start again."
)
