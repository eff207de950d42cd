"""What the product says, in more than one place."""

WRONG_CREDENTIALS = "E-mail or password is wrong."
SESSION_ENDED = "Your session has ended. Please log in again."
SERVICE_UNAVAILABLE = "This service is not available right now. Please try again in a moment."
ASSISTANT_UNREACHABLE = "The assistant cannot be reached just now. Please try again."
