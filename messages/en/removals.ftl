error-removal-running = This person is already being taken to hospital.
error-removal-over = This removal is over. Please ask for a new one if it is needed.
error-removal-step = This hour, or a later one, has been entered already.
error-removal-not-left = Nobody has entered when the vehicle left. Please enter that first.
error-removal-left = The vehicle has left with the patient. Please choose another outcome.
