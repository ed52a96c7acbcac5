sign-in = Sign in
sign-in-login = Login name
sign-in-password = Password
sign-in-code = Authenticator code
sign-in-code-hint = Six digits from the authenticator app on your phone.
sign-in-passkey = Sign in with a passkey
sign-in-lost = Lost your phone or forgot your password? Ask the centre's administrator for a recovery link.
sign-in-demo = Demo accounts
passkey-fault = The passkey could not be used. Try again, or use your password and authenticator code.

error-sign-in = The login name, password or code is wrong. After five wrong tries the account has to wait 15 minutes before it can sign in again; further wrong tries double the wait.
error-too-many-tries = Too many tries. Please wait 15 minutes and try again.
