"""Frontend (3000): the built React application, and the small server that hands it out."""
